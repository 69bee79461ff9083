/** Meshes and add-ons, when all is well. */
import type { EvidenceGiven } from '../evidence.ts';
import { at, object, turned } from './objects.ts';
import { beside, webhook } from './operators.ts';
import { deployment } from './pods.ts';

/** Istio ambient beside Linkerd's injected native sidecars, and cert-manager. */
export const meshes = (): EvidenceGiven => {
  const proxy = {
    name: 'linkerd-proxy',
    restartPolicy: 'Always',
    ports: [
      { name: 'linkerd-proxy', containerPort: 4143 },
      { name: 'linkerd-admin', containerPort: 4191 },
    ],
  };
  const injected = { initContainers: [{ name: 'linkerd-init' }, proxy] };
  const grpc = [{ name: 'grpc', containerPort: 8080, protocol: 'TCP' }];
  return beside(
    `
deploy istio-system/istiod app=istiod istio=pilot webhook:15017 :15012
service istio-system/istiod app=istiod istio=pilot grpc-xds:15010 https-dns:15012 https-webhook:443>15017 http-monitoring:15014
daemon istio-system/ztunnel @* app=ztunnel
daemon istio-system/istio-cni-node @* k8s-app=istio-cni-node
deploy ambient/reviews app=reviews annotation:ambient.istio.io/redirection=enabled :9080
service ambient/reviews app=reviews http:9080
deploy ambient/waypoint owner:Gateway=waypoint gateway.networking.k8s.io/gateway-name=waypoint :15008
service ambient/waypoint gateway.networking.k8s.io/gateway-name=waypoint status-port:15021 mesh:15008
service linkerd/linkerd-dst-headless !headless app=linkerd-destination grpc:8086
service linkerd/linkerd-proxy-injector app=linkerd-proxy-injector proxy-injector:443>grpc
service emoji/voting app=voting grpc:8080
deploy cert-manager/cert-manager app=cert-manager
deploy cert-manager/cert-manager-webhook app=webhook https:10250
service cert-manager/cert-manager-webhook app=webhook https:443>https
lease kube-system/cert-manager-controller renewed=14:29:10 seconds=60
lease istio-system/istio-leader renewed=12:00:00 seconds=30
`,
    [
      ...deployment('linkerd/linkerd-destination', { ...injected, ports: grpc }),
      ...deployment('linkerd/linkerd-proxy-injector', { ...injected, ports: grpc }),
      ...deployment('emoji/voting', { ...injected, ports: grpc }),
      webhook('MutatingWebhookConfiguration', 'istio-sidecar-injector', 'istio-system/istiod'),
      webhook('MutatingWebhookConfiguration', 'linkerd-injector', 'linkerd/linkerd-proxy-injector'),
      webhook('ValidatingWebhookConfiguration', 'cert-manager-webhook', 'cert-manager/cert-manager-webhook'),
    ],
  );
};

/** node-local-dns, MetalLB, Velero, external-dns, an edge of NodePorts alone, CronJobs, and pods that an ALB has taken in. */
export const addOns = (): EvidenceGiven => {
  const gate = 'target-health.elbv2.k8s.aws/k8s-shop-gated-1a2b3c4d5e';
  const report = { app: 'report' };
  return beside(
    `
deploy kube-system/coredns @* k8s-app=kube-dns dns:53/UDP dns-tcp:53
service kube-system/kube-dns k8s-app=kube-dns label:k8s-app=kube-dns dns:53/UDP dns-tcp:53
service kube-system/kube-dns-upstream k8s-app=kube-dns dns:53/UDP dns-tcp:53
daemon kube-system/node-local-dns @* !host k8s-app=node-local-dns dns:53/UDP metrics:9253
service kube-system/node-local-dns !headless k8s-app=node-local-dns metrics:9253
deploy metallb-system/controller component=controller webhook-server:9443
daemon metallb-system/speaker @* !host component=speaker
service metallb-system/metallb-webhook-service component=controller :443>9443
deploy velero/velero app=velero
daemon velero/node-agent @* app=node-agent
job velero/shop-default-kopia-maintain-job-1 velero.io/repo-name=shop
deploy edge/external-dns app=external-dns
deploy edge/ingress-nginx-controller app=ingress-nginx http:80 https:443
service edge/ingress-nginx-controller !NodePort app=ingress-nginx http:80>http https:443>https
# a default backend that was switched off and left its Service
service edge/ingress-nginx-defaultbackend app=ingress-nginx component=default-backend http:80>http
service shop/gated app=gated :80>8080
job shop/report-29600000 app=report
service shop/report app=report :8080
`,
    [
      ...deployment('shop/gated', {
        on: ['node-1', 'node-2'],
        ports: [{ containerPort: 8080, protocol: 'TCP' }],
        spec: { readinessGates: [{ conditionType: gate }] },
        conditions: [{ type: gate, status: 'True', lastTransitionTime: at('08:01:00') }],
      }),
      object('batch/v1', 'CronJob', 'shop/report', {
        spec: {
          schedule: '0 * * * *',
          jobTemplate: { spec: { template: { metadata: { labels: report } } } },
        },
        status: { lastSuccessfulTime: at('14:00:30') },
      }),
      object('metallb.io/v1beta1', 'IPAddressPool', 'metallb-system/pool', {
        spec: { addresses: ['192.168.0.240-192.168.0.250'] },
        status: { conditions: [turned('Available', 'True', 'Available')] },
      }),
    ],
  );
};

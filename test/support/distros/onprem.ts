/** Distributions that people run themselves, as their own components look when all is well. */
import type { EvidenceGiven } from '../evidence.ts';
import { made } from './clouds.ts';
import { object } from './objects.ts';

const LEADERS = `
lease kube-system/kube-controller-manager
lease kube-system/kube-scheduler
`;
const DNS = `
service kube-system/kube-dns k8s-app=kube-dns label:k8s-app=kube-dns dns:53/UDP dns-tcp:53
`;

/** k3s: one process is control plane, kubelet and kube-proxy; ServiceLB's pods hold the ports of the host. */
export const k3s = (): EvidenceGiven =>
  made(
    `
node srv-1 node-role.kubernetes.io/control-plane=true node.kubernetes.io/instance-type=k3s egress.k3s.io/cluster=true
node agent-1 node.kubernetes.io/instance-type=k3s svccontroller.k3s.cattle.io/enablelb=true
deploy kube-system/coredns @1 k8s-app=kube-dns dns:53/UDP dns-tcp:53 metrics:9153
${DNS}
deploy kube-system/local-path-provisioner @1 app=local-path-provisioner
deploy kube-system/metrics-server @1 k8s-app=metrics-server https:10250
service kube-system/metrics-server k8s-app=metrics-server https:443>https
job kube-system/helm-install-traefik helmcharts.helm.cattle.io/chart=traefik
job kube-system/helm-install-traefik-crd helmcharts.helm.cattle.io/chart=traefik-crd
deploy kube-system/traefik @1 app.kubernetes.io/name=traefik app.kubernetes.io/instance=traefik-kube-system web:8000 websecure:8443
service kube-system/traefik !LoadBalancer app.kubernetes.io/name=traefik app.kubernetes.io/instance=traefik-kube-system web:80>web websecure:443>websecure
daemon kube-system/svclb-traefik-8a1b2c3d @* app=svclb-traefik-8a1b2c3d svccontroller.k3s.cattle.io/svcname=traefik +lb-tcp-80 lb-tcp-80:80 +lb-tcp-443 lb-tcp-443:443
# with one server leader election is off, and an earlier release left its Leases behind
lease kube-system/k3s
lease kube-system/k3s-cloud-controller-manager
`,
    [],
    ['srv-1', 'agent-1'],
  );

/** RKE2: static pods for the control plane and kube-proxy, its charts' names before everything, Helm Jobs that are done. */
export const rke2 = (): EvidenceGiven =>
  made(
    `
node srv-1 node-role.kubernetes.io/control-plane=true node-role.kubernetes.io/etcd=true taint:node-role.kubernetes.io/etcd=NoExecute
node agent-1
static kube-system/etcd @1 component=etcd tier=control-plane
static kube-system/kube-apiserver @1 component=kube-apiserver tier=control-plane
static kube-system/kube-controller-manager @1 component=kube-controller-manager tier=control-plane
static kube-system/kube-scheduler @1 component=kube-scheduler tier=control-plane
static kube-system/cloud-controller-manager @1 component=cloud-controller-manager tier=control-plane
static kube-system/kube-proxy @* component=kube-proxy tier=control-plane
daemon kube-system/rke2-canal @* !host k8s-app=canal +calico-node +kube-flannel
deploy kube-system/rke2-coredns-rke2-coredns @* k8s-app=kube-dns app.kubernetes.io/name=rke2-coredns udp-53:53/UDP tcp-53:53
service kube-system/rke2-coredns-rke2-coredns k8s-app=kube-dns app.kubernetes.io/name=rke2-coredns label:k8s-app=kube-dns udp-53:53>udp-53/UDP tcp-53:53>tcp-53
deploy kube-system/rke2-coredns-rke2-coredns-autoscaler @1 k8s-app=rke2-coredns-autoscaler
daemon kube-system/rke2-ingress-nginx-controller @* app.kubernetes.io/component=controller app.kubernetes.io/name=rke2-ingress-nginx http:80 https:443 webhook:8443
service kube-system/rke2-ingress-nginx-controller-admission app.kubernetes.io/component=controller app.kubernetes.io/name=rke2-ingress-nginx https-webhook:443>webhook
deploy kube-system/rke2-snapshot-controller @1 app=rke2-snapshot-controller
job kube-system/helm-install-rke2-canal helmcharts.helm.cattle.io/chart=rke2-canal
job kube-system/helm-install-rke2-coredns helmcharts.helm.cattle.io/chart=rke2-coredns
${LEADERS}
lease kube-system/rke2
lease kube-system/rke2-etcd
`,
    [],
    ['srv-1', 'agent-1'],
  );

/** OpenShift: everything in its own namespace, Completed pruners and installers, DeploymentConfigs, no kube-proxy. */
export const openshift = (): EvidenceGiven =>
  made(
    `
node master-0.ocp.example node-role.kubernetes.io/master= node-role.kubernetes.io/control-plane= taint:node-role.kubernetes.io/master=NoSchedule
node worker-0.ocp.example node-role.kubernetes.io/worker=
static openshift-etcd/etcd @1 app=etcd etcd=true
done openshift-etcd/installer-7-master-0 @1 app=installer
done openshift-etcd/revision-pruner-7-master-0 @1 app=pruner
pod openshift-etcd/etcd-guard-master-0 @1 app=guard
static openshift-kube-apiserver/kube-apiserver @1 app=openshift-kube-apiserver apiserver=true
done openshift-kube-apiserver/installer-9-master-0 @1 app=installer
static openshift-kube-controller-manager/kube-controller-manager @1 app=kube-controller-manager kube-controller-manager=true
service openshift-kube-controller-manager/kube-controller-manager kube-controller-manager=true https:443>10257
deploy openshift-kube-apiserver-operator/kube-apiserver-operator @1 app=kube-apiserver-operator
service openshift-kube-apiserver-operator/metrics app=kube-apiserver-operator https:443>8443
daemon openshift-dns/dns-default @* dns.operator.openshift.io/daemonset-dns=default +dns dns:5353/UDP dns-tcp:5353 +kube-rbac-proxy metrics:9154
daemon openshift-dns/node-resolver @* !host dns.operator.openshift.io/daemonset-node-resolver=
service openshift-dns/dns-default dns.operator.openshift.io/daemonset-dns=default dns:53>dns/UDP dns-tcp:53>dns-tcp metrics:9154>metrics
daemon openshift-ovn-kubernetes/ovnkube-node @* !host app=ovnkube-node +ovn-controller +ovnkube-controller +northd +nbdb +sbdb
deploy openshift-ovn-kubernetes/ovnkube-control-plane @1 !host app=ovnkube-control-plane
daemon openshift-multus/multus @* !host app=multus
deploy openshift-ingress/router-default @2 !host ingresscontroller.operator.openshift.io/deployment-ingresscontroller=default http:80 https:443 metrics:1936
service openshift-ingress/router-internal-default ingresscontroller.operator.openshift.io/deployment-ingresscontroller=default http:80>http https:443>https metrics:1936
# operators of what this platform lacks: by name only
service openshift-machine-api/cluster-autoscaler-operator k8s-app=cluster-autoscaler-operator metrics:9192>metrics
deploy openshift-marketplace/marketplace-operator @1 name=marketplace-operator
service openshift-marketplace/marketplace-operator-metrics name=marketplace-operator metrics:8383
job openshift-marketplace/1a2b3c4d5e6f @2
pod openshift-marketplace/redhat-operators-9xk2p @2 olm.catalogSource=redhat-operators owner:CatalogSource=redhat-operators grpc:50051
service openshift-marketplace/redhat-operators olm.catalogSource=redhat-operators grpc:50051
done legacy/billing-2-deploy @2 openshift.io/deployer-pod-for.name=billing-2
done legacy/billing-1-build @2 openshift.io/build.name=billing-1 owner:Build=billing-1
pod legacy/billing-2-x7k2p @2 deployment=billing-2 deploymentconfig=billing owner:ReplicationController=billing-2 :8080
service legacy/billing deploymentconfig=billing :8080
lease kube-system/kube-controller-manager renewed=14:29:10 seconds=137
lease openshift-kube-scheduler/kube-scheduler renewed=14:29:10 seconds=137
`,
    [
      object('apps.openshift.io/v1', 'DeploymentConfig', 'legacy/billing', {
        spec: {
          replicas: 1,
          selector: { deploymentconfig: 'billing' },
          template: { metadata: { labels: { deploymentconfig: 'billing' } }, spec: { containers: [] } },
        },
        status: { replicas: 1, readyReplicas: 1, latestVersion: 2 },
      }),
      ...[1, 2].map((version) => {
        const labels = { deployment: `billing-${version}`, deploymentconfig: 'billing' };
        return object('v1', 'ReplicationController', `legacy/billing-${version}`, {
          metadata: {
            annotations: {
              'openshift.io/deployment.phase': 'Complete',
              'openshift.io/deployment-config.latest-version': String(version),
            },
            ownerReferences: [
              {
                apiVersion: 'apps.openshift.io/v1',
                kind: 'DeploymentConfig',
                name: 'billing',
                uid: 'u',
                controller: true,
              },
            ],
          },
          spec: { replicas: version - 1, selector: labels, template: { metadata: { labels } } },
          status: { replicas: version - 1 },
        });
      }),
    ],
  );

/** kind: kubeadm in containers, kindnet, and a provisioner; nodes named after the cluster. */
export const kind = (): EvidenceGiven =>
  made(
    `
node kind-control-plane node-role.kubernetes.io/control-plane= taint:node-role.kubernetes.io/control-plane=NoSchedule
node kind-worker
static kube-system/etcd @1 component=etcd tier=control-plane
static kube-system/kube-apiserver @1 component=kube-apiserver tier=control-plane
static kube-system/kube-controller-manager @1 component=kube-controller-manager tier=control-plane
static kube-system/kube-scheduler @1 component=kube-scheduler tier=control-plane
daemon kube-system/kindnet @* !host app=kindnet k8s-app=kindnet
daemon kube-system/kube-proxy @* !host k8s-app=kube-proxy
deploy kube-system/coredns @1,1 k8s-app=kube-dns dns:53/UDP dns-tcp:53
${DNS}
deploy local-path-storage/local-path-provisioner @1 app=local-path-provisioner
${LEADERS}
`,
    [],
    ['kind-control-plane', 'kind-worker'],
  );

/** minikube: one node, the provisioner a bare pod, ingress-nginx with Jobs that are done. */
export const minikube = (): EvidenceGiven =>
  made(
    `
node minikube node-role.kubernetes.io/control-plane= minikube.k8s.io/primary=true
static kube-system/etcd @1 component=etcd tier=control-plane
static kube-system/kube-apiserver @1 component=kube-apiserver tier=control-plane
static kube-system/kube-controller-manager @1 component=kube-controller-manager tier=control-plane
static kube-system/kube-scheduler @1 component=kube-scheduler tier=control-plane
daemon kube-system/kube-proxy @1 !host k8s-app=kube-proxy
deploy kube-system/coredns @1 k8s-app=kube-dns dns:53/UDP dns-tcp:53
${DNS}
pod kube-system/storage-provisioner @1 !host addonmanager.kubernetes.io/mode=Reconcile integration-test=storage-provisioner
job ingress-nginx/ingress-nginx-admission-create app.kubernetes.io/component=admission-webhook
job ingress-nginx/ingress-nginx-admission-patch app.kubernetes.io/component=admission-webhook
deploy ingress-nginx/ingress-nginx-controller @1 app.kubernetes.io/component=controller http:80 https:443 webhook:8443
service ingress-nginx/ingress-nginx-controller !NodePort app.kubernetes.io/component=controller http:80>http https:443>https
service ingress-nginx/ingress-nginx-controller-admission app.kubernetes.io/component=controller https-webhook:443>webhook
daemon kube-system/registry-proxy @1 kubernetes.io/minikube-addons=registry registry-proxy=true :80
pod kube-system/registry-x @1 kubernetes.io/minikube-addons=registry actual-registry=true :5000
service kube-system/registry kubernetes.io/minikube-addons=registry actual-registry=true http:80>5000
${LEADERS}
deploy shop/twin @1 app=twin
`,
    [],
    ['minikube'],
  );

/** Talos with Cilium in kube-proxy's place; what its Gateway has for a name has an endpoint that is never asked. */
export const talosCilium = (): EvidenceGiven =>
  made(
    `
node talos-cp-1 node-role.kubernetes.io/control-plane= taint:node-role.kubernetes.io/control-plane=NoSchedule condition:NetworkUnavailable=False
node talos-w-1 condition:NetworkUnavailable=False
static kube-system/kube-apiserver @1 k8s-app=kube-apiserver tier=control-plane
static kube-system/kube-controller-manager @1 k8s-app=kube-controller-manager tier=control-plane
static kube-system/kube-scheduler @1 k8s-app=kube-scheduler tier=control-plane
daemon kube-system/cilium @* !host k8s-app=cilium app.kubernetes.io/name=cilium-agent +cilium-agent
daemon kube-system/cilium-envoy @* !host k8s-app=cilium-envoy name=cilium-envoy envoy-metrics:9964
service kube-system/cilium-envoy !headless k8s-app=cilium-envoy envoy-metrics:9964>envoy-metrics
deploy kube-system/cilium-operator @* !host io.cilium/app=operator name=cilium-operator
deploy kube-system/hubble-relay @2 k8s-app=hubble-relay grpc:4245
service kube-system/hubble-relay k8s-app=hubble-relay :80>grpc
service kube-system/hubble-peer !local k8s-app=cilium peer-service:443>4244
service shop/cilium-gateway-web !LoadBalancer port-80:80
kept shop/cilium-gateway-web host:192.192.192.192 port-80:9999
deploy kube-system/coredns @* k8s-app=kube-dns dns:53/UDP dns-tcp:53
${DNS}
lease kube-system/cilium-operator-resource-lock
lease kube-system/cilium-l2announce-shop-web
${LEADERS}
`,
    [
      object('v1', 'ConfigMap', 'kube-system/cilium-config', {
        data: { 'kube-proxy-replacement': 'true', 'k8s-service-host': 'localhost' },
      }),
    ],
  );

/** On which port a program says that it listens: its log's "listening on", its PORT-like variables. */
import { fields, items, text, type Fields } from '../../ingest/read.ts';
import type { LogRow } from '../object-rows.ts';

const SAYS =
  /(?:listen(?:ing|s)?(?:\s+\w+){0,3}|serving(?:\s+\w+){0,2}|started(?:\s+\w+){0,4}|running(?:\s+\w+){0,2}|bound)\s*(?:on|at|to|:)?\s*(?:port\(?s?\)?)?[\s:=]*(?:https?:\/\/)?(?:\[?[\w.:*-]*\]?:)?(\d{2,5})\b/i;

/** The ports that lines name as listened on, with their line. */
export function portsSaid(lines: readonly LogRow[]): Array<{ readonly port: number; readonly line: LogRow }> {
  return lines.flatMap((line) => {
    const port = Number(SAYS.exec(line.text.slice(0, 500))?.[1] ?? 0);
    return port >= 80 && port < 65_536 ? [{ port, line }] : [];
  });
}

/** Variables called PORT, HTTP_PORT, SERVER_PORT, LISTEN_ADDR and the like, of a pod's own containers. */
export function portVariables(
  pod: Fields,
): Array<{ readonly port: number; readonly path: string; readonly value: string }> {
  return items(fields(pod['spec'])['containers']).flatMap((container) =>
    items(container['env']).flatMap(({ name, value }) => {
      const called = text(name) ?? '';
      const said = text(value) ?? '';
      if (
        !/^(?:(?:APP|HTTP|SERVER|WEB|LISTEN|BIND|GRPC|SERVICE)_?)?(?:PORT|ADDR|ADDRESS|LISTEN)$/i.test(called)
      )
        return [];
      const port = Number(/^(?:.*:)?(\d{2,5})$/.exec(said)?.[1] ?? 0);
      return port > 0 && port < 65_536
        ? [
            {
              port,
              path: `spec.containers[${text(container['name']) ?? ''}].env[${called}].value`,
              value: said,
            },
          ]
        : [];
    }),
  );
}

/** What prom-client declares for its index, which loads ten times as much as the registry: metrics of Node.js, clusters, OpenTelemetry. */
declare module 'prom-client/lib/registry.js' {
  import { Registry } from 'prom-client';

  export = Registry;
}

import { fileURLToPath } from 'node:url';

/** Where one package of Grafana brings a copy of another, all must see the same one. */
const dedupe = [
  '@grafana/data',
  '@grafana/i18n',
  '@grafana/schema',
  '@grafana/e2e-selectors',
  'react',
  'react-dom',
];

export default {
  base: '/preview/',
  resolve: {
    alias: { 'react-custom-scrollbars-2': fileURLToPath(new URL('./scrollbars.jsx', import.meta.url)) },
    dedupe,
  },
  // A minified build takes longer than a picture.
  build: { target: 'esnext', minify: false, chunkSizeWarningLimit: 100_000 },
  define: { 'process.env.NODE_ENV': '"production"' },
  legacy: { inconsistentCjsInterop: true },
  logLevel: 'error',
};

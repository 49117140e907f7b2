import { defineConfig } from 'vite';

const api = process.env.PLANNER_DOER_API ?? 'http://localhost:3000';

/** Builds to `client/dist`; `vite client` serves it while developing, with the server behind it. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // Pixi is most of it, and is needed for the first frame.
    chunkSizeWarningLimit: 1500,
  },
  // What a worker needs only at times comes when it does.
  worker: { format: 'es' },
  server: {
    proxy: { '/socket.io': { target: api, ws: true }, '/api': { target: api } },
  },
});

import { writeFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    svelte(),
    {
      // The folder is kept in the repository, its contents are not.
      name: 'keep-dist',
      closeBundle() {
        writeFileSync(new URL('./dist/.gitignore', import.meta.url), '*\n!.gitignore\n');
      },
    },
  ],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Small assets must not become data: addresses, which the content policy forbids for scripts and fonts.
    assetsInlineLimit: 0,
    // three.js, which is fetched after the page itself.
    chunkSizeWarningLimit: 800,
    rollupOptions: { output: { manualChunks: (id: string) => (id.includes('node_modules/three') ? 'three' : undefined) } },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8640' } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});

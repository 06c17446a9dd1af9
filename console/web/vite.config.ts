import { defineConfig } from 'vite'

const SHARED = /\/console\/(?:api|web\/(?:parts|api|queue))\/|\/present\//

/** The pages as files that any server can send: hashed below assets/, nothing inline, nothing from anywhere else. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2024',
    // the policy of the server permits no data: scripts and no inline ones
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // what several pages are made of comes in one file, not in one for each of its parts
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'parts', test: SHARED, minShareCount: 2 }] } } },
  },
})

import { defineConfig } from 'vite'

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
  },
})

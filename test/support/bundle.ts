import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'

/** A face of the library for browsers, as a bundler makes a script of it: `credence` is what it exports. */
export async function bundleForBrowsers(face: 'verify' | 'federate'): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: {
        entry: fileURLToPath(new URL(`../../${face}.ts`, import.meta.url)),
        formats: ['iife'],
        name: 'credence',
        fileName: face,
      },
    },
  })) as Rolldown.RolldownOutput[]
  return built.flatMap(({ output }) => output).flatMap((part) => (part.type === 'chunk' ? [part.code] : []))[0] ?? ''
}

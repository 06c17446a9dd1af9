// Builds the WebAssembly of each folder below from the AssemblyScript in its source/, as text in its binary.ts: `node tools/kernels.mjs`.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main } from 'assemblyscript/asc'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const BUILT = {
  KERNELS: { folder: 'services/scan/numeric/kernels', options: [] },
  LANES: { folder: 'services/federate/secure/lanes', options: ['--importMemory'] },
}

/** The module that the sources of one of them compile to. Throws where they do not. */
export async function buildKernels(name = 'KERNELS') {
  const { folder, options } = BUILT[name]
  const built = new Map()
  const flags = ['--outFile', 'kernels.wasm', '-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', ...options]
  const { error } = await main(['kernels.ts', ...flags], {
    // The compiler asks for .ts, which other tools would take for TypeScript.
    readFile: (file) => read(join(ROOT, folder, 'source', file.replace(/ts$/, 'as'))),
    writeFile: (file, contents) => void built.set(file, contents),
    listFiles: () => [],
    stderr: process.stderr,
  })
  if (error) throw new Error(error.message)
  return built.get('kernels.wasm')
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, { folder }] of Object.entries(BUILT)) {
    const text = Buffer.from(await buildKernels(name)).toString('base64')
    const lines = ['// Built from source/ by tools/kernels.mjs. Do not edit.', `export const ${name} = '${text}'`, '']
    writeFileSync(join(ROOT, folder, 'binary.ts'), lines.join('\n'))
  }
}

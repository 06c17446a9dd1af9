// Builds services/scan/numeric/kernels/binary.ts from the AssemblyScript in source/: `node tools/kernels.mjs`.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main } from 'assemblyscript/asc'

const folder = join(dirname(fileURLToPath(import.meta.url)), '../services/scan/numeric/kernels')

/** The module that the sources compile to. Throws where they do not. */
export async function buildKernels() {
  const built = new Map()
  const { error } = await main(
    ['kernels.ts', '--outFile', 'kernels.wasm', '-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd'],
    {
      // The compiler asks for .ts, which other tools would take for TypeScript.
      readFile: (name) => read(join(folder, 'source', name.replace(/ts$/, 'as'))),
      writeFile: (name, contents) => void built.set(name, contents),
      listFiles: () => [],
      stderr: process.stderr,
    },
  )
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
  const text = Buffer.from(await buildKernels()).toString('base64')
  const lines = ['// Built from source/ by tools/kernels.mjs. Do not edit.', `export const KERNELS = '${text}'`, '']
  writeFileSync(join(folder, 'binary.ts'), lines.join('\n'))
}

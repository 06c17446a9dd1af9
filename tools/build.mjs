// Compiles the sources to dist/, which is what the published package runs: Node.js strips no types below node_modules.
import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const dist = join(root, 'dist')
const { version, imports, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

rmSync(dist, { recursive: true, force: true })
compile()
for (const asset of [
  'app/config/credence.schema.json',
  'app/operations/evidence/verify.py',
  'present/styles',
  'report/web',
  'runtime/catalog/migrations',
  'console/web/dist',
])
  cpSync(join(root, asset), join(dist, asset), { recursive: true })
// The nearest package.json decides what `#core/errors.ts` is: here the compiled file. The program reads its version there too.
const rings = Object.keys(imports).filter((name) => readdirSync(dist).includes(name.slice(1, -2)))
const compiled = Object.fromEntries(rings.map((name) => [`${name}.ts`, `.${name.replace('#', '/')}.js`]))
// What is one file in Node.js and another in a browser is named by itself.
for (const [name, by] of Object.entries(imports).filter(([, to]) => typeof to === 'object'))
  compiled[name] = Object.fromEntries(Object.entries(by).map(([where, file]) => [where, file.replace(/\.ts$/, '.js')]))
const manifest = { private: true, version, build: commit(), type: 'module', imports: compiled, peerDependencies }
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)

/** Fails on every error but TS2877, which warns that `#…` imports are not rewritten: dist/package.json maps them. */
function compile() {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--pretty', 'false'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  const errors = stdout.split('\n').filter((line) => line.trim() !== '' && !line.includes('error TS2877:'))
  if (errors.length === 0) return
  process.stderr.write(`${errors.join('\n')}\n`)
  process.exit(1)
}

/** The commit that was built, where git knows it; marked where files differ from it. */
function commit() {
  const { status, stdout } = spawnSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], {
    cwd: root,
    encoding: 'utf8',
  })
  return status === 0 ? stdout.trim() : 'unknown'
}

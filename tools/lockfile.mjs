// Completes package-lock.json after `npm install`: a registry mirror that carries only this platform's binaries makes npm
// leave the other platforms' optional packages out of the lockfile, and `npm ci` then refuses it everywhere.
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const OS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const CPU = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x']

let added = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    if (path === '' || lock.packages[key] || lock.packages[`${path}/${key}`]) continue
    const words = name.split('/').at(-1).split('-')
    const os = OS.find((o) => words.includes(o))
    const cpu = CPU.find((c) => words.includes(c))
    if (!os || !cpu) continue
    lock.packages[key] = { version, cpu: [cpu], ...(entry.dev && { dev: true }), optional: true, os: [os] }
    added++
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${added} platform packages added`)

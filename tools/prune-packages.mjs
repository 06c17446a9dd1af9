// For the image: takes out of node_modules what Node.js never reads there. Types, sources and source maps; builds for browsers; binaries of
// other platforms. Prints how much that was.
import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

/** Node.js refuses to run TypeScript below node_modules; nobody debugs or reads manuals in the image. Licences stay. */
const FILES = /\.(map|[cm]?ts|md|markdown|flow|tsbuildinfo)$|[._](test|spec)\.[cm]?js$/i
/** Builds that conditions of `exports` choose for others: only below `dist`, where packages keep one folder for each. */
const BUILDS = /\/dist\/(browser|react-native|workerd)$/
/** One file is all that Node.js loads of it: its `main`, and the compiled kernels beside it. */
const BUNDLED = /\/@tensorflow\/tfjs-[\w-]+\/dist\/(?!tf-[\w-]+\.node\.js$|[\w-]+\.wasm$)/
/** Tests that packages bring along, and what of a client for Node.js and browsers is for browsers alone. */
const UNUSED = /\/node_modules\/((@[^/]+\/)?[^/]+\/tests?|@azure\/msal-browser)$/
const ONNX = /\/onnxruntime-node\/bin\/[\w-]+\/(\w+)\/(\w+)$/

const isForeign = (path) => {
  const [, platform, processor] = ONNX.exec(path) ?? []
  return platform !== undefined && (platform !== process.platform || processor !== process.arch)
}

let bytes = 0
const sizeOf = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
    : statSync(path).size
const prune = (folder) => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isSymbolicLink()) continue
    const isLicence = /^(licen[cs]e|notice)/i.test(basename(path))
    const goes = entry.isDirectory()
      ? BUILDS.test(path) || UNUSED.test(path) || isForeign(path)
      : !isLicence && (FILES.test(path) || BUNDLED.test(path))
    if (goes) {
      bytes += sizeOf(path)
      rmSync(path, { recursive: true })
    } else if (entry.isDirectory()) prune(path)
  }
}
prune(resolve(process.argv[2] ?? 'node_modules'))
process.stdout.write(`${Math.round(bytes / 1e6)} MB taken out\n`)

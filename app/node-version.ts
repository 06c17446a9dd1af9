// Imported first by what the package exports, so that an older Node.js says what is missing. Nothing that is imported beside it may name
// what Node.js 20 lacks: Node.js finds that out before it runs this file.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 15))
  throw new Error(`credence needs Node.js 22.15 or newer; this is ${process.versions.node}.`)

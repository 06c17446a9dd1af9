#!/usr/bin/env node
// Plain JavaScript that any Node.js since 20 can run: it hands over to the Node.js that the project brings along, which
// runs TypeScript as it is.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

// ONNX Runtime sends usage data to its maker unless it is told not to before it loads, in whichever thread.
process.env.ORT_DISABLE_TELEMETRY ??= '1'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 24 || (major === 24 && minor >= 4)) {
  await import('./main.ts')
} else {
  const child = spawn(bundledNode(), [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to the child as well, which decides when to stop; the other signals are handed on.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === 'SIGKILL' ? 9 : 15)
  })
}

function bundledNode() {
  try {
    const folder = createRequire(import.meta.url).resolve('node/package.json')
    const binary = fileURLToPath(
      new URL(process.platform === 'win32' ? './bin/node.exe' : './bin/node', `file://${folder}`),
    )
    if (existsSync(binary)) return binary
  } catch {
    // Said below: the reader can act on it, whatever the cause was.
  }
  process.stderr.write('credence needs Node.js 24.4 or newer, or its own copy: run `npm ci` first.\n')
  process.exit(2)
}

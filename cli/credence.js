#!/usr/bin/env node
// Plain JavaScript that any Node.js since 20 can run. The published package is compiled and runs on the reader's Node.js;
// a checkout runs its sources, on the Node.js that it brings along where the reader's does not run TypeScript as it is.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// ONNX Runtime sends usage data to its maker unless it is told not to before it loads, in whichever thread.
process.env.ORT_DISABLE_TELEMETRY ??= '1'

// Versions of Node.js that have SQLite built in, or `process.execve`, but call it experimental, would say so before every command.
const { emitWarning } = process
process.emitWarning = (warning, ...rest) => {
  if (rest[0] === 'ExperimentalWarning' && /^(?:SQLite |process\.execve)/.test(String(warning))) return
  emitWarning.call(process, warning, ...rest)
}

// What glibc frees it keeps: of arrays of up to 32 MiB, and of what threads freed, that is half of what a day of scans takes. It reads its
// settings as a process begins, so the process begins again, under its own number; other C libraries do not heed them.
const LEAN = { MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_ARENA_MAX: '2' }
if (process.platform === 'linux' && ['demo', 'rescan', 'run', 'scan'].includes(process.argv[2])) {
  const isLean = Object.keys(LEAN).every((name) => name in process.env)
  Object.assign(process.env, { ...LEAN, ...process.env })
  // A process that was forked would lose the way to its parent. Node.js 22.15 hands on no variable that is not given here.
  if (!isLean && process.send === undefined)
    process.execve?.(process.execPath, [process.execPath, ...flags(), ...process.argv.slice(1)], process.env)
}

/** The demo is to fit beside what else a laptop runs: 40 MiB less for what is young, for three hundredths more of a processor's time. */
function flags() {
  const isSaid = [process.env.NODE_OPTIONS ?? '', ...process.execArgv].some((flag) => /semi.space/.test(flag))
  return process.argv[2] !== 'demo' || isSaid ? process.execArgv : ['--max-semi-space-size=8', ...process.execArgv]
}

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const isCheckout = existsSync(main)

if (isAtLeast(isCheckout ? [24, 4] : [22, 15])) {
  await import(isCheckout ? './main.ts' : '../dist/cli/main.js')
} else {
  const child = spawn(bundledNode(), [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to the child as well, which decides when to stop; the other signals are handed on.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === 'SIGKILL' ? 9 : 15)
  })
}

function isAtLeast([wantedMajor, wantedMinor]) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}

function bundledNode() {
  if (!isCheckout) {
    process.stderr.write(`credence needs Node.js 22.15 or newer; this is ${process.versions.node}.\n`)
    process.exit(2)
  }
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    const binary = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    if (existsSync(binary)) return binary
  } catch {
    // Said below: the reader can act on it, whatever the cause was.
  }
  process.stderr.write('credence needs Node.js 24.4 or newer, or its own copy: run `npm ci` first.\n')
  process.exit(2)
}

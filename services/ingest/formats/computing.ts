import type { Worker } from 'node:worker_threads'

/**
 * Resolves to `exhausted` once a thread has computed for this long, which its file causes however busy the machine is; to
 * `unavailable` once `patience` times as much time has passed. Never resolves after `signal` is aborted.
 */
export async function limitOf(
  worker: Worker,
  { seconds, patience }: { readonly seconds: number; readonly patience: number },
  signal: AbortSignal,
): Promise<{ readonly kind: 'exhausted' | 'unavailable' }> {
  const end = performance.now() + seconds * 1000 * patience
  const before = await computed(worker, signal)
  for (let used = 0; ;) {
    await pause(Math.max(MEASURE_MS, Math.min((seconds - used) * 1000, end - performance.now())), signal)
    used = (await computed(worker, signal)) - before
    if (used >= seconds) return { kind: 'exhausted' }
    if (performance.now() >= end) return { kind: 'unavailable' }
  }
}

const MEASURE_MS = 50

/** Seconds that a thread has computed. Node.js before 24.6 cannot report that: there, the time that it was not idle. */
async function computed(worker: Worker, signal: AbortSignal): Promise<number> {
  if (typeof worker.cpuUsage !== 'function') return worker.performance.eventLoopUtilization().active / 1000
  const asked = worker.cpuUsage().then(
    ({ user, system }) => (user + system) / 1e6,
    () => 0,
  )
  // a thread within one long call does not answer; it is asked again later
  return Promise.race([asked, pause(1000, signal).then(() => 0)])
}

/** Resolves after `ms`. After `signal` is aborted it never resolves, and does not keep the process running. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
}

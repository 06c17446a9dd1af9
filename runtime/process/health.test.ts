import { expect, onTestFinished, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { createEvents } from './events.ts'
import { startHealth, type ReadinessProbe, type Watched } from './health.ts'
import { createMetrics } from './metrics.ts'

interface Answer {
  readonly status: string
  readonly checks: readonly { readonly what: string; readonly problem: string | null }[]
}

async function server({ probeMs = 3000, clock }: { probeMs?: number; clock?: () => number } = {}) {
  const health = await startHealth({ host: '127.0.0.1', port: 0, probeMs, ...(clock && { clock }) })
  onTestFinished(() => health[Symbol.asyncDispose]())
  const ask = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${health.port}${path}`, init)
  const ready = async () => {
    const response = await ask('/readyz')
    return (await response.json()) as Answer
  }
  const watch = (probes: readonly ReadinessProbe[], rest: Partial<Watched> = {}) =>
    health.watch({ probes, metrics: createMetrics({ events: createEvents() }), ...rest })
  return { health, ask, ready, watch }
}

const holds = (what: string): ReadinessProbe => ({ what, check: async () => {} })

test('a service that has not started yet is alive, and not ready', async () => {
  const { ask, ready } = await server()
  expect((await ask('/livez')).status).toBe(200)
  expect(await ready()).toEqual({ status: 'starting', checks: [] })
  expect((await ask('/readyz')).status).toBe(503)
  expect((await ask('/metrics')).status).toBe(200)
})

test('it is ready once every probe holds', async () => {
  const { ask, watch } = await server()
  watch([holds('catalog'), holds('queue')])
  const response = await ask('/readyz')
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(await response.json()).toEqual({
    status: 'ready',
    checks: [
      { what: 'catalog', problem: null },
      { what: 'queue', problem: null },
    ],
  })
})

test('what does not hold is named with its code and what to do; it is alive all the same', async () => {
  const { ask, ready, watch } = await server()
  const check = async () => {
    throw new AppError('denied', 'key alias/credence is disabled: enable it')
  }
  watch([holds('catalog'), { what: 'keys', check }])
  expect((await ask('/readyz')).status).toBe(503)
  const { status, checks } = await ready()
  expect(status).toBe('not ready')
  expect(checks).toContainEqual({ what: 'keys', problem: 'denied: key alias/credence is disabled: enable it' })
  expect(checks).toContainEqual({ what: 'catalog', problem: null })
  expect((await ask('/livez')).status).toBe(200)
})

test('an error that is not ours says nothing of what it holds', async () => {
  const { ask, watch } = await server()
  watch([{ what: 'store', check: () => Promise.reject(new Error('the payload was 42')) }])
  const text = await (await ask('/readyz')).text()
  expect(text).toContain('"problem":"failed"')
  expect(text).not.toContain('payload')
})

test('a probe that does not answer in time does not hold', async () => {
  const { ready, watch } = await server({ probeMs: 20 })
  watch([{ what: 'queue', check: () => new Promise(() => {}) }])
  expect((await ready()).checks).toEqual([{ what: 'queue', problem: 'no answer in time' }])
})

test('a service that drains is alive and not ready, whatever its probes say', async () => {
  const { ask, ready, watch } = await server()
  let draining = false
  watch([holds('catalog')], { isDraining: () => draining })
  expect((await ask('/readyz')).status).toBe(200)
  draining = true
  expect((await ask('/readyz')).status).toBe(503)
  expect((await ready()).status).toBe('draining')
  expect((await ask('/livez')).status).toBe(200)
})

test('other paths and other methods are refused', async () => {
  const { ask } = await server()
  expect((await ask('/')).status).toBe(404)
  expect((await ask('/livez', { method: 'POST', body: 'x' })).status).toBe(405)
  expect((await ask('/livez', { method: 'HEAD' })).status).toBe(200)
  expect((await ask('/livez?verbose=1')).status).toBe(200)
})

test('a port that is taken is a fault of the configuration, which says which', async () => {
  const { health } = await server()
  await expect(startHealth({ host: '127.0.0.1', port: health.port })).rejects.toMatchObject({
    code: 'invalid',
    message: `cannot answer /readyz at 127.0.0.1:${health.port}: something listens there already: end it, or name another port`,
  })
})

test('however many ask, and however often, the probes run once a second', async () => {
  let [now, asked, problem] = [0, 0, true]
  const { ask, ready, watch } = await server({ clock: () => now })
  const check = async () => {
    asked++
    if (problem) throw new AppError('unavailable', 'away')
  }
  watch([{ what: 'catalog', check }])
  await Promise.all(Array.from({ length: 50 }, () => ask('/readyz')))
  now = 999
  problem = false
  expect([(await ready()).status, asked]).toEqual(['not ready', 1])
  now = 1000
  expect([(await ready()).status, asked]).toEqual(['ready', 2])
})

test('what is being drained says so at once, whatever the probes found a moment ago', async () => {
  let draining = false
  const { ready, watch } = await server({ clock: () => 0 })
  watch([holds('catalog')], { isDraining: () => draining })
  expect((await ready()).status).toBe('ready')
  draining = true
  expect((await ready()).status).toBe('draining')
})

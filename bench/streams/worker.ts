import { loadConfig } from '#app/config/load.ts'
import { runServices, SERVICES } from '#app/services.ts'
import { openSigningSystem } from '#app/system.ts'

/** One process of an installation, all services in it: says `ready`, works from `go` to `stop`, and tells what that took. */
const [config = ''] = process.argv.slice(2)
await using system = await openSigningSystem(await loadConfig(config, process.env), { command: 'bench' })
await system.keys.current('rows')
const stop = new AbortController()
process.on('message', (message) => {
  if (message === 'stop') stop.abort()
  if (message === 'go') void work()
})
process.on('disconnect', () => process.exit(1))
process.send?.('ready')

async function work(): Promise<void> {
  const before = process.cpuUsage()
  await runServices(system, SERVICES, { signal: stop.signal })
  const { user, system: kernel } = process.cpuUsage(before)
  process.send?.({ processor: (user + kernel) / 1e6 })
}
await new Promise((resolve) => process.on('message', (message) => void (message === 'end' && resolve(null))))
process.disconnect?.()

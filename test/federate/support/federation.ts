import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { enrolClient, peersOf, type Peers } from '#app/operations/federations.ts'
import { loadConfig } from '#app/config/load.ts'
import { openSigningSystem, type SigningSystem, type SystemOptions } from '#app/system.ts'
import { NO_MEMORY, takePart, type RoundTaken, type TakePartOptions } from '#services/federate/http/client.ts'
import { httpTransport } from '#services/federate/http/transport.ts'
import { keyPair, seededBytes, type KeyPair } from '#services/federate/secure/primitives.ts'

export const DIMENSION = 8
export const FEDERATION = 'digits'

/** A folder with a configuration of one federation, whose model begins at nothing. */
export interface Home {
  readonly path: string
  readonly config: string
  open(options?: Partial<SystemOptions>): Promise<SigningSystem>
  remove(): Promise<void>
}

export async function makeHome(settings: Readonly<Record<string, unknown>>, dimension = DIMENSION): Promise<Home> {
  const path = await mkdtemp(join(tmpdir(), 'credence-federate-'))
  const config = join(path, 'credence.yaml')
  await writeFile(join(path, 'model.f64'), new Uint8Array(8 * dimension))
  const base = { model: './model.f64', gatherSeconds: 0.2, listen: { port: 0 } }
  const federations = { [FEDERATION]: { ...base, ...settings } }
  await writeFile(config, JSON.stringify({ version: 1, datasets: {}, federations }))
  return {
    path,
    config,
    open: async (options) => openSigningSystem(await loadConfig(config, {}), { command: 'federate test', ...options }),
    remove: () => rm(path, { recursive: true, force: true }),
  }
}

export const namesOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `site-${i}`)
export const identityOf = (name: string): KeyPair => keyPair('ed25519', seededBytes(`identity ${name}`)(32))

/** Enrols clients, and returns what they are configured with. */
export async function enrolAll(system: SigningSystem, names: readonly string[]): Promise<Peers> {
  for (const name of names)
    await enrolClient(system, FEDERATION, name, Buffer.from(identityOf(name).publicKey).toString('hex'))
  return peersOf(system, FEDERATION)
}

/** One client that takes part until `signal` aborts, or a round is left over; what became of its rounds. */
export async function runClient(
  name: string,
  port: number,
  peers: Peers,
  options: Pick<TakePartOptions, 'train'> & Partial<TakePartOptions>,
  signal: AbortSignal,
  each: (taken: RoundTaken) => void = () => {},
): Promise<RoundTaken[]> {
  const taken: RoundTaken[] = []
  let memory = { ...NO_MEMORY, session: peers.session }
  const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
  while (!signal.aborted) {
    try {
      const round = await takePart(
        memory,
        {
          transport: httpTransport(`http://127.0.0.1:${port}`),
          name,
          identity: identityOf(name),
          aggregator: hex(peers.aggregator),
          peers: new Map(Object.entries(peers.peers).map(([peer, key]) => [peer, hex(key)])),
          mode: peers.aggregate,
          patience: 60_000,
          // also where a round fails: it was taken part in
          remember: async (next) => void (memory = { session: peers.session, round: next.round }),
          ...options,
        },
        signal,
      )
      taken.push(round)
      each(round)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
  return taken
}

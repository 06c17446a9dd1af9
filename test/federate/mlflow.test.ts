import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveFederation } from '#app/federate/serve.ts'
import { freePort } from '#emulators/free-port.ts'
import type { AppEvent } from '#runtime/process/events.ts'
import { createMlflowRegistry } from '#services/federate/registries/mlflow.ts'
import { named } from '#test/support/needs.ts'
import { DIMENSION, enrolAll, FEDERATION, makeHome, namesOf, runClient } from './support/federation.ts'

const { value: program, missing } = named(
  'CREDENCE_TEST_MLFLOW',
  'the program `mlflow` of a Python where `pip install mlflow==3.17.2` was run',
)
// its 850 MB do not come in time everywhere: without it, this is skipped with CI=true as well
const why = missing === null ? '' : ` (skipped: ${missing})`

/** It imports for seconds, which are minutes on a machine that does ten other things. */
const STARTS_MS = 1_800_000

interface Version {
  readonly version: string
  readonly source: string
  readonly description: string
  readonly tags: readonly { readonly key: string; readonly value: string }[]
}

describe.skipIf(missing !== null)(`the real MLflow${why}`, () => {
  let url = ''
  let stop = async () => {}

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credence-mlflow-'))
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const store = ['--backend-store-uri', `sqlite:///${folder}/mlflow.db`, '--artifacts-destination', folder]
    const server = spawn(
      program,
      ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', ...store],
      {
        cwd: folder,
        detached: true, // it starts processes of its own, which end with it
        stdio: 'ignore',
        env: { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' }, // eight processes that nothing here asks for
      },
    )
    const ended = once(server, 'exit')
    stop = async () => {
      process.kill(-server.pid!, 'SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    }
    while ((await fetch(`${url}/health`).catch(() => null))?.status !== 200) {
      if (server.exitCode !== null) throw new Error(`${program} ended with ${server.exitCode}`)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }, STARTS_MS)
  afterAll(() => stop())

  const versionsOf = async (name: string) => {
    const filter = encodeURIComponent(`name='${name}'`)
    const response = await fetch(`${url}/api/2.0/mlflow/model-versions/search?filter=${filter}`)
    const { model_versions: versions = [] } = (await response.json()) as { model_versions?: Version[] }
    return versions.toSorted((a, b) => Number(a.version) - Number(b.version))
  }

  test('has a version for each model that a round made, with what proves it and none of its numbers', async () => {
    const home = await makeHome({ rounds: 2, minimum: 4, mlflow: { url, name: 'digits model' } })
    {
      await using system = await home.open()
      const told: AppEvent[] = []
      system.events.onAny((event) => void told.push(event))
      const names = namesOf(4)
      const peers = await enrolAll(system, names)
      const stop = new AbortController()
      const clients: Promise<unknown>[] = []
      const train = () => ({ update: new Float64Array(DIMENSION).fill(1), weight: 1 })
      await serveFederation(system, FEDERATION, {
        signal: stop.signal,
        onListening: (port) =>
          clients.push(...names.map((name) => runClient(name, port, peers, { train }, stop.signal))),
      })
      stop.abort()
      await Promise.all(clients)
      expect(told.filter(({ name }) => name.startsWith('model.'))).toMatchObject([
        { name: 'model.registered', round: 1 },
        { name: 'model.registered', round: 2 },
      ])
      const rounds = (await system.catalog.federations.rounds(FEDERATION)).toReversed()
      const versions = await versionsOf('digits model')
      expect(versions.map(({ version, source }) => [version, source])).toEqual([
        ['1', 'credence:///digits/1'],
        ['2', 'credence:///digits/2'],
      ])
      for (const [i, { tags, description }] of versions.entries()) {
        const tag = Object.fromEntries(tags.map(({ key, value }) => [key, value]))
        expect(tag).toMatchObject({
          'credence.federation': FEDERATION,
          'credence.round': String(i + 1),
          'credence.sha256': rounds[i]!.model,
          'credence.clients': '4',
        })
        expect(tag['credence.transcript']).toMatch(/^[0-9a-f]{64}$/)
        expect(description).toContain(`credence federate model ${i + 1}`)
      }
    }
    await home.remove()
  })

  test('has one version of a model, however often it is told', async () => {
    const registry = createMlflowRegistry({ url, name: 'once', credentials: null })
    const model = { federation: 'digits', round: 7, sha256: 'ab', clients: 3, transcript: null, epsilon: 1.5 }
    for (let i = 0; i < 3; i++) await registry.register(model, AbortSignal.timeout(60_000))
    const versions = await versionsOf('once')
    expect(versions).toHaveLength(1)
    expect(versions[0]!.tags).toContainEqual({ key: 'credence.epsilon', value: '1.5' })
    expect(versions[0]!.tags.map(({ key }) => key)).not.toContain('credence.transcript')
  })
})

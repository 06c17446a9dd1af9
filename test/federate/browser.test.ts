import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFederation } from '#app/federate/federation.ts'
import { serveFederation } from '#app/federate/serve.ts'
import { verifyFederation, type Peers } from '#app/operations/federations.ts'
import { replayRounds } from '#services/federate/models/encrypted.ts'
import type { ClientOutcome } from '#services/federate/http/server.ts'
import type { RoundTaken } from '#services/federate/http/client.ts'
import { bundleForBrowsers } from '#test/support/bundle.ts'
import { launchChromium, needsChromium } from '#test/support/chromium.ts'
import { named, needs } from '#test/support/needs.ts'
import { run } from '#test/support/python-needed.ts'
import { enrolAll, FEDERATION, identityOf, makeHome, namesOf, runClient } from './support/federation.ts'

const HOW = 'a python3 where `pip install numpy==2.4.6 cryptography==50.0.2` was run'
const { value: python, missing } = named('CREDENCE_TEST_PYTHON', HOW)
const { skip: withoutPython, why: whyPython } = needs(missing)
const skip = needsChromium.skip || withoutPython
const why = needsChromium.why || whyPython
const SCRIPT = fileURLToPath(new URL('./support/take-part.py', import.meta.url))
const DIMENSION = 128
/** Two origins of the same page. */
const [NAMED, OTHER] = ['127.0.0.1', 'localhost']

// numbers that are whole steps of the range, so that rounding has nothing to decide: the sum is exact
const STEP = 8 / (2 ** 20 - 1)
const stepsOf = (i: number, k: number) => 500_000 + 10_000 * i + 1000 * (k % 8)
const updateOf = (i: number) => Array.from({ length: DIMENSION }, (_, k) => -4 + STEP * stepsOf(i, k) + STEP / 2 ** 30)

/** What a page is told; all of it can be written as JSON. */
interface Given extends Peers {
  readonly url: string
  readonly name: string
  readonly secret: string
  readonly update: readonly number[]
}

/** Runs in the page. */
async function takePartThere(given: Given): Promise<{ outcome: ClientOutcome | null } | { refused: string }> {
  const { credence } = globalThis as unknown as { credence: typeof import('../../federate.ts') }
  const bytes = (hex: string) => Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16))
  const { name, session, peers } = given
  const options = {
    transport: credence.httpTransport(given.url),
    name,
    identity: credence.keyPair('ed25519', bytes(given.secret)),
    aggregator: bytes(given.aggregator),
    peers: new Map(Object.entries(peers).map(([peer, key]) => [peer, bytes(key)])),
    mode: 'masked' as const,
    train: () => ({ update: given.update, weight: 1 }),
    patience: 5000,
    sketch: 8,
  }
  return credence
    .takePart({ session, round: 0 }, options, AbortSignal.timeout(240_000))
    .then(({ outcome }) => ({ outcome }))
    .catch((error: Error & { code?: string }) => ({ refused: error.code ?? error.message }))
}

describe.skipIf(skip)(`credence/federate in Chromium${why}`, () => {
  let browser: Browser
  let pages: Server
  beforeAll(async () => {
    const script = await bundleForBrowsers('federate')
    pages = createServer((request, response) => {
      const js = request.url === '/federate.js'
      response.setHeader('content-type', js ? 'text/javascript' : 'text/html')
      response.end(js ? script : '<!doctype html><script src="/federate.js"></script>')
    })
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    pages?.close()
  })

  const originOf = (host: string) => `http://${host}:${(pages.address() as AddressInfo).port}`
  const visit = async (host: string): Promise<Page> => {
    const page = await browser.newPage()
    await page.goto(originOf(host))
    return page
  }

  test.each([
    ['', {}],
    [' with sketches', { sketch: 8, clip: 4 }],
  ])('makes one sum%s with clients in Node.js and Python, to the last bit', async (_, settings) => {
    const listen = { port: 0, origins: [originOf(NAMED)] }
    const home = await makeHome({ rounds: 1, minimum: 3, gatherSeconds: 120, listen, ...settings }, DIMENSION)
    {
      await using system = await home.open()
      const names = namesOf(3)
      const peers = await enrolAll(system, names)
      const [page, stranger] = [await visit(NAMED), await visit(OTHER)]
      const stop = new AbortController()
      let told: Promise<unknown>[] = []
      let inNode: Promise<RoundTaken[]> | undefined
      await serveFederation(system, FEDERATION, {
        signal: stop.signal,
        onListening: (port) => {
          const url = `http://127.0.0.1:${port}`
          const secretOf = (name: string) => Buffer.from(identityOf(name).secret).toString('hex')
          const inPage = { ...peers, url, name: names[0]!, secret: secretOf(names[0]!), update: updateOf(0) }
          const [, , third] = names
          const about = { url, name: third, identity: secretOf(third!), sketch: 8, update: updateOf(2) }
          inNode = runClient(
            names[1]!,
            port,
            peers,
            { train: () => ({ update: updateOf(1), weight: 1 }), sketch: 8 },
            stop.signal,
          )
          told = [
            stranger.evaluate(takePartThere, inPage),
            // the same client comes from a page that is named once it was refused from one that is not
            Promise.resolve()
              .then(() => told[0])
              .then(() => page.evaluate(takePartThere, inPage)),
            run(python, [SCRIPT], JSON.stringify({ ...peers, ...about })),
          ]
        },
      })
      stop.abort()
      const [row] = await system.catalog.federations.rounds(FEDERATION)
      expect(row).toMatchObject({ state: 'committed' })
      const outcome = { state: 'committed', why: null, model: row!.model, ruling: 'counted' }
      expect(await told[0]).toEqual({ refused: 'unavailable' }) // a browser says no more to a page
      expect(await told[1]).toEqual({ outcome })
      expect(JSON.parse((await told[2]) as string)).toEqual({ round: 1, kept: [1], outcome })
      expect((await inNode!)[0]?.outcome).toEqual(outcome)
      expect(await verifyFederation(system, FEDERATION)).toMatchObject({ proven: 1, problems: [] })

      const { row: federation, chain } = await openFederation(system, FEDERATION)
      const models: Float64Array[] = []
      for await (const { next } of replayRounds({ federation, vault: system.vault, chain })) models.push(next!)
      const sums = Array.from({ length: DIMENSION }, (_, k) => stepsOf(0, k) + stepsOf(1, k) + stepsOf(2, k))
      expect([...models[1]!].map((value) => Math.round(((value + 4) / STEP) * 3))).toEqual(sums)
      await Promise.all([page.close(), stranger.close()])
    }
    await home.remove()
  })
})

import { readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bundleForBrowsers } from '#test/support/bundle.ts'
import { launchChromium, needsChromium, PATIENCE } from '#test/support/chromium.ts'
import { goldenInstall, type GoldenInstall } from '#test/support/golden-install.ts'

const { skip, why } = needsChromium

/** What `credence/verify` is for: somebody with a browser, a public key and a place to fetch objects from. */
describe.skipIf(skip)(`credence/verify in Chromium${why}`, () => {
  let browser: Browser
  let server: Server
  let install: GoldenInstall
  let page: Page

  beforeAll(async () => {
    const script = await bundleForBrowsers('verify')
    server = createServer((request, response) => {
      const url = request.url ?? '/'
      if (url === '/')
        return void response.setHeader('content-type', 'text/html').end('<script src="/verify.js"></script>')
      if (url === '/verify.js') return void response.setHeader('content-type', 'text/javascript').end(script)
      readFile(path.join(install.folder, url)).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })
  beforeEach(async () => {
    install = goldenInstall()
    page = await browser.newPage()
    page.setDefaultTimeout(PATIENCE)
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  })
  afterEach(async () => {
    await page?.close()
    install?.[Symbol.dispose]()
  })

  /** The links and objects that are vouched for; or, as a text, the code and reason of the refusal. */
  function verifiedThere(): Promise<{ links: number; objects: number } | string> {
    return page.evaluate(async (publicKey) => {
      const { verify } = (globalThis as unknown as { credence: typeof import('../../verify.ts') }).credence
      const read = async (at: string) => {
        const answer = await fetch(`/objects/${at}`)
        return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null
      }
      return verify('golden', { read, publicKey }).then(
        ({ links, objects }) => ({ links, objects }),
        (error: { code: string; reason: string }) => `${error.code} ${error.reason}`,
      )
    }, install.publicKey)
  }

  it('verifies a chain with its public key alone', async () => {
    expect(await verifiedThere()).toEqual({ links: 5, objects: 8 })
  })

  it('refuses a chain with a gap', async () => {
    await rm(path.join(install.folder, 'objects/manifests/golden/00000002.json'))
    expect(await verifiedThere()).toBe('corrupt gap')
  })
})

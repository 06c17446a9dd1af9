import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { parseArgs } from 'node:util'
import { launchChromium } from '#test/support/chromium.ts'
import { machine, printTable, spread } from './streams/meter.ts'

/**
 * How fast the console draws a window's map in Chromium: the page's own code over so many points, until each picture is there to be
 * read, and while it moves, as the page moves it: with as many points as there is time for. Without a graphics card the page paints them
 * itself; `--gpu` lets the browser use one.
 */

const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '10000,200000' },
    frames: { type: 'string', default: '120' },
    gpu: { type: 'boolean', default: false },
  },
})
/** What the page asks for by this name is the product's own file, without its types. */
const ORIGIN = 'http://map.test'
const MAP = new URL('../console/web/map/', import.meta.url)

interface Measured {
  readonly card: string
  readonly set: number
  readonly frames: readonly number[]
  readonly perSecond: number
  /** Points of a picture while it moved. */
  readonly points: readonly number[]
}

const browser = await launchChromium(...(values.gpu ? ['--use-gl=angle', '--ignore-gpu-blocklist'] : []))
const page = await browser.newPage()
await page.route(`${ORIGIN}/**`, (route) => {
  const name = new URL(route.request().url()).pathname.slice(1)
  if (name === '') return route.fulfill({ contentType: 'text/html', body: '<!doctype html>' })
  const body = stripTypeScriptTypes(readFileSync(new URL(name, MAP), 'utf8'))
  return route.fulfill({ contentType: 'text/javascript', body })
})
await page.goto(ORIGIN)
const rows: string[][] = []
let card = ''
for (const points of values.points.split(',').map(Number)) {
  const measured = await page.evaluate<Measured>(`(${measure.toString()})(${points}, ${values.frames})`)
  card = measured.card
  rows.push([
    points.toLocaleString('en'),
    measured.set.toFixed(0),
    spread(measured.frames, 1),
    measured.perSecond.toFixed(0),
    spread(measured.points),
  ])
}
await browser.close()
process.stdout.write(`${machine()}; drawn by ${card}\n\n`)
printTable(['points', 'set, ms', 'a picture, ms', 'pictures a second, moving', 'points of each'], rows)

/** Runs in the page. */
async function measure(points: number, frames: number): Promise<Measured> {
  // @ts-expect-error -- it is the page that knows it
  const { createPlot } = await import('/draw-points.ts')
  // @ts-expect-error -- as above
  const { createMoving } = await import('/moving.ts')
  // oxlint-disable-next-line typescript/no-explicit-any -- this file knows no types of a browser
  const window = globalThis as any
  const canvas = window.document.createElement('canvas')
  canvas.width = canvas.height = 900
  window.document.body.replaceChildren(canvas)
  let state = 7
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const xy = Float32Array.from({ length: 2 * points }, () => (random() + random() + random()) / 3)
  const colours = Uint8Array.from({ length: 3 * points }, () => 256 * random())
  const plot = createPlot(canvas)
  const setting = performance.now()
  plot.set({ count: points, xy }, { colours, standsOut: (point: number) => point % 50 === 0 })
  const set = performance.now() - setting
  const gl = canvas.getContext('webgl2')
  const flat = gl === null ? canvas.getContext('2d') : null
  const view = (frame: number) => ({ x: 0.2 + 0.001 * (frame % 100), y: 0.2, scale: 1.5 })
  const seen = new Uint8Array(4)
  const drawn = (frame: number) => {
    const start = performance.now()
    plot.draw(view(frame))
    // it is there once it can be read
    gl?.readPixels(450, 450, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, seen)
    flat?.getImageData(450, 450, 1, 1)
    return performance.now() - start
  }
  drawn(0)
  const each = Array.from({ length: frames }, (_, frame) => drawn(frame))
  const seenOf: number[] = []
  const moving = createMoving({
    draw(view: unknown, most?: number) {
      const points = plot.draw(view, most)
      seenOf.push(points)
      return points
    },
  })
  const began = performance.now()
  for (let frame = 0; frame < frames; frame++) {
    moving.show(view(frame))
    await new Promise((resolve) => window.requestAnimationFrame(resolve))
  }
  const perSecond = (1000 * frames) / (performance.now() - began)
  moving.stop()
  const about = gl?.getExtension('WEBGL_debug_renderer_info')
  const card = gl === null ? 'the page itself' : String(gl.getParameter(about?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER))
  return { card, set, frames: each, perSecond, points: seenOf }
}

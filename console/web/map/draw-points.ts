import { grownBy, paint, type Ordered, type View } from './paint-points.ts'
import type { Points } from './points.ts'

export type { View } from './paint-points.ts'

export type Colour = readonly [red: number, green: number, blue: number]

export const WHOLE: View = { x: 0, y: 0, scale: 1 }
const NEAREST = 64

/** Nearer (or farther) by a factor, about a place of the canvas (0 to 1) that stays where it is. */
export function zoomed({ x, y, scale }: View, by: number, [px, py]: readonly [number, number]): View {
  const to = Math.min(NEAREST, Math.max(1, scale * by))
  return within({ x: x + px / scale - px / to, y: y + py / scale - py / to, scale: to })
}

/** Moved by a share of the canvas. */
export function moved({ x, y, scale }: View, dx: number, dy: number): View {
  return within({ x: x - dx / scale, y: y - dy / scale, scale })
}

/** Never beyond the square. */
function within({ x, y, scale }: View): View {
  const most = 1 - 1 / scale
  return { x: Math.min(most, Math.max(0, x)), y: Math.min(most, Math.max(0, y)), scale }
}

const VERTEX = `#version 300 es
in vec2 place; in vec3 ink; in float size; uniform vec3 view; uniform float grown; out vec3 colour;
void main() {
  vec2 seen = (place - view.xy) * view.z;
  colour = ink; gl_Position = vec4(seen.x * 2.0 - 1.0, 1.0 - seen.y * 2.0, 0.0, 1.0);
  gl_PointSize = size * grown;
}`
const FRAGMENT = `#version 300 es
precision mediump float; in vec3 colour; out vec4 shown;
void main() { if (length(gl_PointCoord - 0.5) > 0.5) discard; shown = vec4(colour, 1.0); }`

/** What is drawn: one colour a point (count × 3 bytes), and which of them stand out: larger, and on top. */
export interface Look {
  readonly colours: Uint8Array
  readonly standsOut: (point: number) => boolean
}

/** A canvas that holds its points, so that another view of them is one call to the graphics card. */
export interface Plot {
  set(points: Points, look: Look): void
  draw(view: View): void
}

/** By the graphics card, and where there is none, by hand. */
export function createPlot(canvas: HTMLCanvasElement): Plot {
  const gl = hasCard(canvas) ? canvas.getContext('webgl2', { antialias: false, preserveDrawingBuffer: true }) : null
  const program = gl && programOf(gl)
  if (gl === null || program === null) return plotByHand(canvas)
  const buffers = { place: gl.createBuffer(), ink: gl.createBuffer(), size: gl.createBuffer() }
  const view = gl.getUniformLocation(program, 'view')
  const grown = gl.getUniformLocation(program, 'grown')
  let count = 0
  gl.useProgram(program)
  gl.clearColor(0, 0, 0, 0)
  const attribute = (name: keyof typeof buffers, data: Float32Array | Uint8Array, each: number, type: number) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers[name])
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW)
    const at = gl.getAttribLocation(program, name)
    gl.enableVertexAttribArray(at)
    gl.vertexAttribPointer(at, each, type, type === gl.UNSIGNED_BYTE, 0, 0)
  }
  return {
    set(points, look) {
      const ordered = inOrder(points, look)
      count = ordered.count
      attribute('place', ordered.xy, 2, gl.FLOAT)
      attribute('ink', ordered.colours, 3, gl.UNSIGNED_BYTE)
      attribute('size', ordered.sizes, 1, gl.FLOAT)
    },
    draw(seen) {
      gl.viewport(0, 0, canvas.width, canvas.height)
      gl.clear(gl.COLOR_BUFFER_BIT)
      gl.uniform3f(view, seen.x, seen.y, seen.scale)
      gl.uniform1f(grown, grownBy(seen))
      gl.drawArrays(gl.POINTS, 0, count)
    },
  }
}

/** Whether WebGL is drawn by a card: computed as if there were one, a picture of many points takes seconds. */
function hasCard(canvas: HTMLCanvasElement): boolean {
  const gl = canvas.ownerDocument.createElement('canvas').getContext('webgl2')
  if (gl === null) return false
  const about = gl.getExtension('WEBGL_debug_renderer_info')
  const name = String(gl.getParameter(about?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER))
  gl.getExtension('WEBGL_lose_context')?.loseContext()
  return !/swiftshader|llvmpipe|software/i.test(name)
}

function programOf(gl: WebGL2RenderingContext): WebGLProgram | null {
  const program = gl.createProgram()
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type)
    if (shader === null) return null
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
  }
  gl.linkProgram(program)
  return gl.getProgramParameter(program, gl.LINK_STATUS) === true ? program : null
}

/** The points again, those that stand out last. */
function inOrder({ count, xy }: Points, { colours, standsOut }: Look): Ordered {
  const ordered = {
    count,
    xy: new Float32Array(2 * count),
    colours: new Uint8Array(3 * count),
    sizes: new Float32Array(count),
  }
  const small = count > 50_000 ? 2 : 4
  let at = 0
  for (const isOut of [false, true])
    for (let i = 0; i < count; i++) {
      if (standsOut(i) !== isOut) continue
      // one by one: a view of two numbers for each of 200,000 points takes longer than all else
      for (let k = 0; k < 2; k++) ordered.xy[2 * at + k] = xy[2 * i + k] ?? 0
      for (let k = 0; k < 3; k++) ordered.colours[3 * at + k] = colours[3 * i + k] ?? 0
      ordered.sizes[at++] = isOut ? 2 * small : small
    }
  return ordered
}

function plotByHand(canvas: HTMLCanvasElement): Plot {
  const context = canvas.getContext('2d')
  const picture = context?.createImageData(canvas.width, canvas.height)
  let points: Ordered | null = null
  return {
    set: (all, look) => {
      points = inOrder(all, look)
    },
    draw(view) {
      if (context === null || picture === undefined || points === null) return
      picture.data.fill(0)
      paint(picture.data, picture.width, points, view)
      context.putImageData(picture, 0, 0)
    },
  }
}

/** A colour of the style sheet as the present theme has it. */
export function inkOf(element: HTMLElement, variable: string): Colour {
  const before = element.style.color
  element.style.color = `var(${variable})`
  const [red = 0, green = 0, blue = 0] = (getComputedStyle(element).color.match(/[\d.]+/g) ?? []).map(Number)
  element.style.color = before
  return [red, green, blue]
}

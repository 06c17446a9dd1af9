import type { Plot } from './moving.ts'
import { inOrder, type Look } from './order-points.ts'
import { grownBy, paint, runsOf, type Ordered, type View } from './paint-points.ts'
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
in vec2 place; in vec3 ink; uniform vec3 view; uniform float size; out vec3 colour;
void main() {
  vec2 seen = (place - view.xy) * view.z;
  colour = ink; gl_Position = vec4(seen.x * 2.0 - 1.0, 1.0 - seen.y * 2.0, 0.0, 1.0);
  gl_PointSize = size;
}`
const FRAGMENT = `#version 300 es
precision mediump float; in vec3 colour; out vec4 shown;
void main() { if (length(gl_PointCoord - 0.5) > 0.5) discard; shown = vec4(colour, 1.0); }`

/** One whose points can be changed. */
export interface PointPlot extends Plot {
  set(points: Points, look: Look): void
}

/** By the graphics card, and where there is none, by hand. */
export function createPlot(canvas: HTMLCanvasElement): PointPlot {
  const gl = hasCard(canvas) ? canvas.getContext('webgl2', { antialias: false, preserveDrawingBuffer: true }) : null
  const program = gl && programOf(gl)
  if (gl === null || program === null) return plotByHand(canvas)
  const buffers = { place: gl.createBuffer(), ink: gl.createBuffer() }
  const view = gl.getUniformLocation(program, 'view')
  const size = gl.getUniformLocation(program, 'size')
  let points: Ordered | null = null
  gl.useProgram(program)
  gl.clearColor(0, 0, 0, 0)
  const attribute = (name: keyof typeof buffers, data: Float32Array | Uint32Array, each: number, type: number) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers[name])
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW)
    const at = gl.getAttribLocation(program, name)
    gl.enableVertexAttribArray(at)
    gl.vertexAttribPointer(at, each, type, type === gl.UNSIGNED_BYTE, 0, 0)
  }
  return {
    set(all, look) {
      points = inOrder(all, look)
      attribute('place', points.xy, 2, gl.FLOAT)
      attribute('ink', points.inks, 4, gl.UNSIGNED_BYTE)
    },
    draw(seen, most = Infinity) {
      if (points === null) return 0
      gl.viewport(0, 0, canvas.width, canvas.height)
      gl.clear(gl.COLOR_BUFFER_BIT)
      gl.uniform3f(view, seen.x, seen.y, seen.scale)
      for (const { from, to, size: each } of runsOf(points, most)) {
        gl.uniform1f(size, each * grownBy(seen))
        gl.drawArrays(gl.POINTS, from, to - from)
      }
      return Math.min(most, points.count)
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

function plotByHand(canvas: HTMLCanvasElement): PointPlot {
  const context = canvas.getContext('2d')
  const picture = context?.createImageData(canvas.width, canvas.height)
  let points: Ordered | null = null
  return {
    set: (all, look) => {
      points = inOrder(all, look)
    },
    draw(view, most = Infinity) {
      if (context === null || picture === undefined || points === null) return 0
      picture.data.fill(0)
      paint(picture.data, picture.width, points, view, most)
      context.putImageData(picture, 0, 0)
      return Math.min(most, points.count)
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

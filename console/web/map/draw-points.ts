import type { Points } from './points.ts'

export type Colour = readonly [red: number, green: number, blue: number]

const VERTEX = `#version 300 es
in vec2 place; in vec3 ink; in float size; out vec3 colour;
void main() { colour = ink; gl_Position = vec4(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0); gl_PointSize = size; }`
const FRAGMENT = `#version 300 es
precision mediump float; in vec3 colour; out vec4 shown;
void main() { if (length(gl_PointCoord - 0.5) > 0.5) discard; shown = vec4(colour, 1.0); }`

/** What is drawn: one colour a point (count × 3 bytes), and which of them stand out: larger, and on top. */
export interface Look {
  readonly colours: Uint8Array
  readonly standsOut: (point: number) => boolean
}

/** Draws every point: by WebGL, and where a browser has none, by hand. */
export function drawPoints(canvas: HTMLCanvasElement, points: Points, look: Look): void {
  const { xy, colours, sizes } = inOrder(points, look)
  const gl = canvas.getContext('webgl2', { antialias: false, preserveDrawingBuffer: true })
  if (gl === null) return drawByHand(canvas, { count: points.count, xy }, colours, sizes)
  const program = gl.createProgram()
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type)
    if (shader === null) return
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
  }
  gl.linkProgram(program)
  gl.useProgram(program)
  gl.viewport(0, 0, canvas.width, canvas.height)
  gl.clearColor(0, 0, 0, 0)
  gl.clear(gl.COLOR_BUFFER_BIT)
  const attribute = (name: string, data: Float32Array | Uint8Array, each: number, type: number) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer())
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW)
    const at = gl.getAttribLocation(program, name)
    gl.enableVertexAttribArray(at)
    gl.vertexAttribPointer(at, each, type, type === gl.UNSIGNED_BYTE, 0, 0)
  }
  attribute('place', xy, 2, gl.FLOAT)
  attribute('ink', colours, 3, gl.UNSIGNED_BYTE)
  attribute('size', sizes, 1, gl.FLOAT)
  gl.drawArrays(gl.POINTS, 0, points.count)
  gl.deleteProgram(program)
}

/** The points again, those that stand out last. */
function inOrder({ count, xy }: Points, { colours, standsOut }: Look) {
  const all = Array.from({ length: count }, (_, i) => i)
  const order = [...all.filter((i) => !standsOut(i)), ...all.filter(standsOut)]
  const small = count > 50_000 ? 2 : 4
  return {
    xy: Float32Array.from(order.flatMap((i) => [xy[2 * i] ?? 0, xy[2 * i + 1] ?? 0])),
    colours: Uint8Array.from(order.flatMap((i) => [...colours.subarray(3 * i, 3 * i + 3)])),
    sizes: Float32Array.from(order, (i) => (standsOut(i) ? 2 * small : small)),
  }
}

function drawByHand(canvas: HTMLCanvasElement, { count, xy }: Points, colours: Uint8Array, sizes: Float32Array): void {
  const context = canvas.getContext('2d')
  if (context === null) return
  context.clearRect(0, 0, canvas.width, canvas.height)
  for (let i = 0; i < count; i++) {
    context.fillStyle = `rgb(${colours[3 * i] ?? 0} ${colours[3 * i + 1] ?? 0} ${colours[3 * i + 2] ?? 0})`
    const size = sizes[i] ?? 1
    const [x, y] = [(xy[2 * i] ?? 0) * canvas.width, (xy[2 * i + 1] ?? 0) * canvas.height]
    context.fillRect(x - size / 2, y - size / 2, size, size)
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

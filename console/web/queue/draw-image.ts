import type { Sample } from '../api/client.ts'

/** Canvas pixels that the longer side takes at least, where a frame is drawn round some of the image's. */
const SIDE = 560

/** Draws the image pixel by pixel, which the page enlarges; where there is a trigger larger, with a frame round its pixels. */
export function drawImage(
  canvas: HTMLCanvasElement,
  { width, height, channels, pixels }: Sample & { kind: 'image' },
  trigger: readonly { readonly x: number; readonly y: number }[],
): void {
  const scale = trigger.length === 0 ? 1 : Math.max(1, Math.ceil(SIDE / Math.max(width, height)))
  canvas.width = width * scale
  canvas.height = height * scale
  const context = canvas.getContext('2d')
  if (context === null) return
  const image = new ImageData(width, height)
  const bytes = Uint8Array.from(atob(pixels), (char) => char.charCodeAt(0))
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 4; c++) image.data[4 * i + c] = c === 3 ? 255 : (bytes[channels * i + (c % channels)] ?? 0)
  if (trigger.length === 0) {
    context.putImageData(image, 0, 0)
    return
  }
  const small = new OffscreenCanvas(width, height)
  small.getContext('2d')?.putImageData(image, 0, 0)
  context.imageSmoothingEnabled = false
  context.drawImage(small, 0, 0, canvas.width, canvas.height)
  const isIn = new Set(trigger.map(({ x, y }) => y * width + x))
  context.strokeStyle = getComputedStyle(canvas).getPropertyValue('outline-color')
  context.lineWidth = Math.max(2, scale / 5)
  context.beginPath()
  for (const { x, y } of trigger) {
    const [left, top, right, bottom] = [x * scale, y * scale, (x + 1) * scale, (y + 1) * scale]
    // an edge between two pixels of the trigger is none of its outline
    if (!isIn.has((y - 1) * width + x)) line(context, left, top, right, top)
    if (!isIn.has((y + 1) * width + x)) line(context, left, bottom, right, bottom)
    if (x === 0 || !isIn.has(y * width + x - 1)) line(context, left, top, left, bottom)
    if (x === width - 1 || !isIn.has(y * width + x + 1)) line(context, right, top, right, bottom)
  }
  context.stroke()
}

function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.moveTo(x0, y0)
  context.lineTo(x1, y1)
}

import type { Look } from '#present/look.ts'
import type { Sample } from '#present/sample.ts'

type ImageSample = Extract<Sample, { kind: 'image' }>

const RAMP = ' .:-=+*#%@'

/**
 * An image in characters: two pixels a character as half blocks where the terminal has colours, a ramp of ASCII where not (one
 * pixel in two columns, which is about square). Wider than the terminal, it is shrunk by averaging.
 */
export function renderImage(image: ImageSample, look: Look): string {
  const columns = look.depth === 1 ? 2 : 1
  const room = Math.max(1, Math.floor(Math.min(look.width, 128) / columns))
  const factor = Math.max(1, Math.ceil(image.width / room))
  const [height, width] = [Math.ceil(image.height / factor), Math.ceil(image.width / factor)]
  const pixel = (y: number, x: number) => average(image, y * factor, x * factor, factor)
  const lines: string[] = []
  if (look.depth === 1) {
    for (let y = 0; y < height; y++) {
      let line = ''
      for (let x = 0; x < width; x++)
        line += (RAMP[Math.floor((luma(pixel(y, x)) / 256) * RAMP.length)] ?? ' ').repeat(2)
      lines.push(line.trimEnd())
    }
    return lines.join('\n')
  }
  for (let y = 0; y < height; y += 2) {
    let line = ''
    let before = ''
    for (let x = 0; x < width; x++) {
      const colours = `${colour(pixel(y, x), look, 38)};${colour(y + 1 < height ? pixel(y + 1, x) : BLACK, look, 48)}`
      line += colours === before ? '▀' : `\u001B[${colours}m▀`
      before = colours
    }
    lines.push(`${line}\u001B[0m`)
  }
  return lines.join('\n')
}

type Rgb = readonly [red: number, green: number, blue: number]
const BLACK: Rgb = [0, 0, 0]

function average(image: ImageSample, top: number, left: number, size: number): Rgb {
  const sum = [0, 0, 0]
  let cells = 0
  for (let y = top; y < Math.min(top + size, image.height); y++) {
    for (let x = left; x < Math.min(left + size, image.width); x++) {
      const at = (y * image.width + x) * image.channels
      for (let c = 0; c < 3; c++) sum[c] = (sum[c] ?? 0) + (image.pixels[at + (image.channels === 3 ? c : 0)] ?? 0)
      cells += 1
    }
  }
  const [red = 0, green = 0, blue = 0] = sum.map((value) => Math.round(value / Math.max(1, cells)))
  return [red, green, blue]
}

function luma([red, green, blue]: Rgb): number {
  return Math.min(255, 0.299 * red + 0.587 * green + 0.114 * blue)
}

/** The SGR code of a colour: exact, of the 6×6×6 cube and the grey ramp, or of the eight greys that 16 colours can give. */
function colour(rgb: Rgb, look: Look, base: 38 | 48): string {
  if (look.depth === 24) return `${base};2;${rgb.join(';')}`
  const [red, green, blue] = rgb
  if (look.depth === 8) {
    const grey = red === green && green === blue
    if (grey) return `${base};5;${red < 4 ? 16 : red > 246 ? 231 : 232 + Math.round(((red - 8) / 247) * 24)}`
    const six = (value: number) => Math.round((value / 255) * 5)
    return `${base};5;${16 + 36 * six(red) + 6 * six(green) + six(blue)}`
  }
  const code = [30, 90, 37, 97][Math.min(3, Math.floor(luma(rgb) / 64))] ?? 30
  return String(base === 38 ? code : code + 10)
}

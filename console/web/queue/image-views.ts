import type { Sample } from '../api/client.ts'

export type ImageSample = Sample & { readonly kind: 'image' }
export type ImageView = 'whole' | 'red' | 'green' | 'blue' | 'difference'
const CHANNELS = ['red', 'green', 'blue'] as const

/** How an image can be looked at: each channel where there are several; what sets it apart, where there is what to compare it with. */
export function viewsOf(sample: ImageSample, beside: readonly ImageSample[]): ImageView[] {
  const channels = sample.channels === 1 ? [] : CHANNELS
  return ['whole', ...channels, ...(beside.some((other) => isAlike(other, sample)) ? (['difference'] as const) : [])]
}

/** The image under one of its views. A channel is grey; the difference is each pixel's from the mean of those beside it. */
export function viewed(sample: ImageSample, view: ImageView, beside: readonly ImageSample[]): ImageSample {
  if (view === 'whole') return sample
  const own = bytesOf(sample)
  if (view === 'difference') {
    const others = beside.filter((other) => isAlike(other, sample)).map(bytesOf)
    const mean = (i: number) => others.reduce((sum, other) => sum + (other[i] ?? 0), 0) / Math.max(1, others.length)
    return { ...sample, pixels: base64(own.map((value, i) => Math.abs(value - mean(i)))) }
  }
  const at = CHANNELS.indexOf(view)
  const grey = Uint8Array.from({ length: sample.width * sample.height }, (_, i) => own[sample.channels * i + at] ?? 0)
  return { ...sample, channels: 1, pixels: base64(grey) }
}

function isAlike(a: ImageSample, b: ImageSample): boolean {
  return a.width === b.width && a.height === b.height && a.channels === b.channels
}

function bytesOf({ pixels }: ImageSample): Uint8Array {
  return Uint8Array.from(atob(pixels), (char) => char.charCodeAt(0))
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

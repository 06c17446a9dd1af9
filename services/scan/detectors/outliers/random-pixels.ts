import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { colourEntropy, contrast, likeChannels, likeNeighbours, neighbourPairs } from '../../features/pixel-order.ts'
import { countedOf } from '../../features/recurring-images.ts'
import type { ImageSamples } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { sharedLabel } from '../shared-label.ts'

/** Standard errors of a correlation by chance within which an image is of random pixels, and the largest such limit. */
const ERRORS = 4
const LARGEST_LIMIT = 0.2
/** The least entropy of an image's colours, in bits: a few dots on one colour, and dithers of two, follow no neighbour either. */
const LEAST_COLOURS = 1.7
/** The least standard deviation of an image's pixels: of a flat image that a sensor took, or a dark one, the noise is all that shows. */
const LEAST_CONTRAST = 0.15
/** From this share of the window on, random pixels are what the set is about. */
const CUSTOM = 0.2
/** The least evidence of a group, in nats. */
const LEAST_EVIDENCE = 10

/**
 * Images of random pixels, told by signs that need no other window and no labels: a pixel tells nothing of the one beside
 * it and the one below it, and no channel of the next. Of photographs, drawings, letters and icons nearly none is so; of
 * textures of a few pixels some are, and as many are nearly so. The evidence is the Poisson log-likelihood ratio of the
 * images within chance against as many as are just outside of it on both sides, less ln of the two signs. A score is a
 * member's log-odds; 0 of all others, and where the evidence is little.
 */
export class RandomPixels implements Detector {
  readonly info: DetectorInfo = { name: 'random-pixels', family: 'outlier', version: 1 }
  readonly needs = ['images'] as const
  readonly tags = { role: 'carrier' } as const

  score({ n, samples, labels }: WindowView): Promise<Detection> {
    const found = samples.kind === 'image' ? randomIn(samples) : null
    const scores = new Float64Array(n)
    if (found === null) return Promise.resolve({ scores, scale: 'absolute', groups: [], why: () => '' })
    const { members, posterior, evidence } = found
    for (const i of members) scores[i] = Math.log(posterior / (1 - posterior))
    const label = sharedLabel(members, labels)
    const toward = label < 0 ? '' : `, labelled ${labels?.names[label]}`
    const group: Group = {
      members,
      posterior: new Float64Array(members.length).fill(posterior),
      evidence,
      label,
      summary: `${members.length} images of random pixels${toward}`,
    }
    const why = (i: number) => (scores[i]! > 0 ? 'Its pixels follow one another as by chance.' : '')
    return Promise.resolve({ scores, scale: 'absolute', groups: [group], why })
  }
}

interface Found {
  readonly members: Int32Array
  readonly posterior: number
  readonly evidence: number
}

/** The images within chance, by their neighbours alone, or by their channels as well where that is better evidence. */
function randomIn(samples: ImageSamples): Found | null {
  const limit = ERRORS / Math.sqrt(neighbourPairs(samples))
  // too few pixels to tell, or only one
  if (!(limit <= LARGEST_LIMIT)) return null
  const alike = likeNeighbours(samples)
  const near = Int32Array.from(alike.keys()).filter((i) => Math.abs(alike[i]!) <= 2 * limit)
  const asked = near.filter((i) => contrast(samples, i) >= LEAST_CONTRAST && colourEntropy(samples, i) >= LEAST_COLOURS)
  const signs = [alike]
  if (samples.channels > 1) {
    const both = new Float64Array(alike.length)
    for (const i of asked) both[i] = Math.max(Math.abs(alike[i]!), Math.abs(likeChannels(samples, i)))
    signs.push(both)
  }
  const found = signs
    .map((sign) => within(limit, sign, asked, samples))
    .filter((one) => one !== null)
    .map((one) => ({ ...one, evidence: one.evidence - Math.log(signs.length) }))
    .sort((a, b) => b.evidence - a.evidence)
  const [best] = found
  return best !== undefined && best.evidence >= LEAST_EVIDENCE ? best : null
}

function within(limit: number, sign: Float64Array, asked: Int32Array, samples: ImageSamples): Found | null {
  const members = asked.filter((i) => Math.abs(sign[i]!) <= limit)
  const justOutside = asked.filter((i) => sign[i]! > limit && sign[i]! <= 2 * limit).length
  const [seen, due] = [countedOf(samples)(members) * members.length, 2 * justOutside + 1]
  if (seen <= due || members.length >= CUSTOM * sign.length) return null
  return { members, posterior: 1 - due / seen, evidence: seen * Math.log(seen / due) - (seen - due) }
}

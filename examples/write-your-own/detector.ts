import type { Detection, Detector, WindowView } from 'credence/detect'

/** Suspects records that lie close to a neighbour of another label: a copy whose label was changed. */
const relabelledCopies: Detector = {
  info: { name: 'relabelled-copies', family: 'label', version: 1 },
  needs: ['labels'],
  tags: { role: 'supporting' },
  async score(view: WindowView): Promise<Detection> {
    const { k, index, distance } = await view.neighbours()
    const of = view.labels?.of ?? new Int32Array(view.n)
    const scores = Float64Array.from({ length: view.n }, (_, i) => {
      let score = 0
      for (let at = i * k; at < (i + 1) * k; at++)
        if (of[index[at] ?? i] !== of[i]) score += 1 / (1 + (distance[at] ?? 0))
      return score
    })
    const why = (i: number) => `Its neighbours have other labels than ${view.labels?.names[of[i] ?? 0] ?? 'its own'}.`
    return { scores, scale: 'relative', groups: [], why }
  },
}

export default relabelledCopies

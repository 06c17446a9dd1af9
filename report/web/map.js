/* The maps of the report: points on a canvas, found again through a grid. Text only ever goes in as text. */
'use strict'
;(() => {
  const datasets = JSON.parse(document.getElementById('data').textContent)
  const NONE = 65535
  const SERIES = 8

  const ink = document.createElement('i')
  ink.hidden = true
  document.body.append(ink)
  /** A colour of the style sheet as the present theme resolves it. */
  const colour = (variable) => {
    ink.style.color = `var(${variable})`
    return getComputedStyle(ink).color
  }

  // ── data ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  const u16 = (base64) => new Uint16Array(bytes(base64).buffer)
  const u32 = (base64) => new Uint32Array(bytes(base64).buffer)

  async function inflateIds(packed) {
    if (packed === '' || typeof DecompressionStream === 'undefined') return []
    const stream = new Blob([bytes(packed)]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
    const text = await new Response(stream).text()
    let before = ''
    return text.split('\n').map((line) => {
      const gap = line.indexOf(' ')
      before = before.slice(0, parseInt(line.slice(0, gap), 36)) + line.slice(gap + 1)
      return before
    })
  }

  function decode(window) {
    const decoded = {
      ...window,
      map: u16(window.map),
      risk: u16(window.risk),
      label: u16(window.label),
      campaign: u16(window.campaign),
      held: u32(window.held),
      ids: [],
    }
    decoded.isHeld = new Uint8Array(window.n)
    for (const index of decoded.held) decoded.isHeld[index] = 1
    decoded.byRisk = Array.from(decoded.held).sort((a, b) => decoded.risk[b] - decoded.risk[a] || a - b)
    inflateIds(window.ids).then(
      (ids) => (decoded.ids = ids),
      () => (decoded.ids = []), // without ids a record is named by its place
    )
    return decoded
  }

  // ── maps ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  const CELL = 16
  const count = new Intl.NumberFormat('en-US')

  function scatter(section) {
    const dataset = datasets[Number(section.dataset.dataset)]
    const [canvas, over] = section.querySelectorAll('canvas')
    const tip = section.querySelector('.tip')
    const legend = section.querySelector('.legend')
    const live = section.querySelector('[data-live]')
    const select = section.querySelector('[data-window]')
    const cache = new Map()
    let current
    let mode = section.querySelector('.modes input:checked').value
    let solo = null
    let size = { width: 0, height: 0, ratio: 1 }
    let xs = new Float32Array(0)
    let ys = new Float32Array(0)
    let grid = { columns: 0, rows: 0, head: new Int32Array(0), next: new Int32Array(0) }
    let stepAt = -1

    /** Groups of points in drawing order: [key, label, colour, test, how many]. */
    function groups() {
      const { n, label, campaign, classes } = current
      if (mode === 'campaign') {
        const sums = dataset.campaigns.map(() => 0)
        let other = 0
        let loose = 0
        for (let i = 0; i < n; i++) {
          if (campaign[i] !== NONE) sums[campaign[i]]++
          else if (current.isHeld[i]) loose++
          else other++
        }
        return [
          {
            key: 'other',
            text: section.dataset.admitted,
            ink: colour('--point'),
            of: (i) => campaign[i] === NONE && !current.isHeld[i],
            sum: other,
          },
          {
            key: 'loose',
            text: `${section.dataset.held}, no campaign`,
            ink: colour('--quarantined'),
            of: (i) => campaign[i] === NONE && current.isHeld[i] === 1,
            sum: loose,
          },
          ...sums.map((sum, c) => ({
            key: `c${c}`,
            text: dataset.campaigns[c],
            ink: colour(`--series-${c % SERIES}`),
            of: (i) => campaign[i] === c,
            sum,
          })),
        ].filter(({ sum }) => sum > 0)
      }
      if (mode === 'class') {
        const sums = classes.map(() => 0)
        let none = 0
        for (const of of label)
          if (of === NONE) none++
          else sums[of]++
        const named =
          classes.length <= 10
            ? classes.map((_, c) => c)
            : [...sums.keys()].sort((a, b) => sums[b] - sums[a]).slice(0, 9)
        const rank = new Map(named.map((c, at) => [c, at]))
        const rest = n - none - named.reduce((total, c) => total + sums[c], 0)
        return [
          { key: 'none', text: 'no label', ink: colour('--point'), of: (i) => label[i] === NONE, sum: none },
          {
            key: 'rest',
            text: 'other classes',
            ink: colour('--point'),
            of: (i) => label[i] !== NONE && !rank.has(label[i]),
            sum: rest,
          },
          ...named.map((c) => ({
            key: `l${c}`,
            text: classes[c],
            ink: colour(`--class-${rank.get(c)}`),
            of: (i) => label[i] === c,
            sum: sums[c],
          })),
        ].filter(({ sum }) => sum > 0)
      }
      const steps = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0001]
      return steps.slice(0, -1).map((from, s) => {
        const [low, high] = [from * NONE, steps[s + 1] * NONE]
        let sum = 0
        for (let i = 0; i < n; i++) if (current.risk[i] >= low && current.risk[i] < high) sum++
        return {
          key: `r${s}`,
          text: s === 5 ? 'over 0.95' : `${from} – ${steps[s + 1]}`,
          ink: colour(`--risk-${s}`),
          of: (i) => current.risk[i] >= low && current.risk[i] < high,
          sum,
        }
      })
    }

    function layOut() {
      const box = canvas.parentElement.getBoundingClientRect()
      const ratio = Math.min(2, devicePixelRatio || 1)
      size = { width: box.width, height: box.height, ratio }
      for (const each of [canvas, over]) {
        each.width = Math.round(box.width * ratio)
        each.height = Math.round(box.height * ratio)
      }
      const { n, map } = current
      const pad = 10
      xs = new Float32Array(n)
      ys = new Float32Array(n)
      const columns = Math.ceil(box.width / CELL) + 1
      const rows = Math.ceil(box.height / CELL) + 1
      const head = new Int32Array(columns * rows).fill(-1)
      const next = new Int32Array(n)
      for (let i = 0; i < n; i++) {
        xs[i] = pad + (map[2 * i] / NONE) * (box.width - 2 * pad)
        ys[i] = box.height - pad - (map[2 * i + 1] / NONE) * (box.height - 2 * pad)
        const at = Math.floor(ys[i] / CELL) * columns + Math.floor(xs[i] / CELL)
        next[i] = head[at]
        head[at] = i
      }
      grid = { columns, rows, head, next }
    }

    function draw() {
      const paint = canvas.getContext('2d')
      const { n } = current
      paint.setTransform(size.ratio, 0, 0, size.ratio, 0, 0)
      paint.clearRect(0, 0, size.width, size.height)
      const OPACITY = 0.8
      const radius = n > 50000 ? 1 : n > 12000 ? 1.4 : n > 3000 ? 1.9 : 2.6
      const all = groups()
      for (const group of all) {
        const faded = solo !== null && solo !== group.key
        paint.fillStyle = group.ink
        paint.globalAlpha = faded ? 0.06 : OPACITY
        paint.beginPath()
        for (let i = 0; i < n; i++) {
          if (!group.of(i)) continue
          if (n > 3000) {
            paint.fillRect(xs[i] - radius, ys[i] - radius, 2 * radius, 2 * radius)
          } else {
            paint.moveTo(xs[i] + radius, ys[i])
            paint.arc(xs[i], ys[i], radius, 0, 2 * Math.PI)
          }
        }
        paint.fill()
      }
      // What was held: larger, rimmed, above the rest.
      paint.lineWidth = 1
      for (const group of all) {
        paint.globalAlpha = solo !== null && solo !== group.key ? 0.08 : 0.9
        paint.fillStyle = group.ink
        paint.strokeStyle = colour('--surface')
        paint.beginPath()
        for (const i of current.held) {
          if (!group.of(i)) continue
          paint.moveTo(xs[i] + 3.4, ys[i])
          paint.arc(xs[i], ys[i], 3.4, 0, 2 * Math.PI)
        }
        paint.fill()
        paint.stroke()
      }
      paint.globalAlpha = 1
      drawLegend(all)
      canvas.dataset.drawn = String(n)
    }

    function drawLegend(all) {
      legend.replaceChildren(
        ...all.map((group) => {
          const button = document.createElement('button')
          const dot = document.createElement('i')
          const text = document.createElement('span')
          const sum = document.createElement('small')
          button.type = 'button'
          button.setAttribute('aria-pressed', String(solo === group.key))
          dot.style.background = group.ink
          text.textContent = group.text
          sum.textContent = count.format(group.sum)
          button.append(dot, text, sum)
          button.addEventListener('click', () => {
            solo = solo === group.key ? null : group.key
            draw()
            const again = [...legend.children][all.indexOf(group)]
            if (again) again.focus()
          })
          return button
        }),
      )
    }

    function nearest(x, y) {
      const reach = 14
      let best = -1
      let least = reach * reach
      for (let row = Math.floor((y - reach) / CELL); row <= Math.floor((y + reach) / CELL); row++) {
        for (let column = Math.floor((x - reach) / CELL); column <= Math.floor((x + reach) / CELL); column++) {
          if (row < 0 || column < 0 || row >= grid.rows || column >= grid.columns) continue
          for (let i = grid.head[row * grid.columns + column]; i >= 0; i = grid.next[i]) {
            // A held record wins over an admitted one that lies as near.
            const distance = ((xs[i] - x) ** 2 + (ys[i] - y) ** 2) * (current.isHeld[i] ? 0.4 : 1)
            if (distance < least) [best, least] = [i, distance]
          }
        }
      }
      return best
    }

    function describe(i) {
      const { label, classes, campaign } = current
      return [
        ['', current.ids[i] || `record ${count.format(i)}`],
        ['risk', (current.risk[i] / NONE).toFixed(2)],
        ...(label[i] === NONE ? [] : [['label', classes[label[i]]]]),
        ...(campaign[i] === NONE ? [] : [['campaign', dataset.campaigns[campaign[i]]]]),
        ['', current.isHeld[i] ? section.dataset.held : section.dataset.admitted],
      ]
    }

    function point(i) {
      const paint = over.getContext('2d')
      paint.setTransform(size.ratio, 0, 0, size.ratio, 0, 0)
      paint.clearRect(0, 0, size.width, size.height)
      tip.hidden = i < 0
      canvas.style.cursor = i >= 0 && current.cards[i] ? 'pointer' : 'crosshair'
      if (i < 0) return
      paint.lineWidth = 2
      paint.strokeStyle = colour('--ink')
      paint.beginPath()
      paint.arc(xs[i], ys[i], 6.5, 0, 2 * Math.PI)
      paint.stroke()
      tip.replaceChildren(
        ...describe(i).map(([term, value], line) => {
          const row = document.createElement(line === 0 ? 'strong' : 'span')
          row.textContent = term === '' ? spell(value) : `${term} ${spell(value)}`
          return row
        }),
      )
      const left = xs[i] + 14 + tip.offsetWidth > size.width ? xs[i] - 14 - tip.offsetWidth : xs[i] + 14
      tip.style.left = `${Math.max(0, left)}px`
      tip.style.top = `${Math.min(Math.max(0, ys[i] - 12), size.height - tip.offsetHeight)}px`
    }

    function open(i) {
      const card = i >= 0 && current.cards[i] && document.getElementById(current.cards[i])
      if (card) card.dispatchEvent(new Event('credence:open', { bubbles: true }))
    }

    function show() {
      const at = select ? Number(select.value) : 0
      if (!cache.has(at)) cache.set(at, decode(dataset.windows[at]))
      current = cache.get(at)
      stepAt = -1
      solo = null
      layOut()
      point(-1)
      draw()
    }

    let frame = 0
    canvas.addEventListener('pointermove', (event) => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => point(nearest(event.offsetX, event.offsetY)))
    })
    canvas.addEventListener('pointerleave', () => {
      cancelAnimationFrame(frame)
      point(-1)
    })
    canvas.addEventListener('click', (event) => open(nearest(event.offsetX, event.offsetY)))
    canvas.addEventListener('blur', () => point(-1))
    canvas.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
      if (event.key === 'Enter' && stepAt >= 0) open(current.byRisk[stepAt])
      if (step === undefined || current.byRisk.length === 0) return
      event.preventDefault()
      stepAt =
        stepAt < 0
          ? step > 0
            ? 0
            : current.byRisk.length - 1
          : (stepAt + step + current.byRisk.length) % current.byRisk.length
      const i = current.byRisk[stepAt]
      point(i)
      live.textContent = describe(i)
        .map(([term, value]) => `${term} ${spell(value)}`.trim())
        .join(', ')
    })
    for (const input of section.querySelectorAll('.modes input')) {
      input.addEventListener('change', () => {
        mode = input.value
        solo = null
        draw()
      })
    }
    if (select) select.addEventListener('change', show)
    document.addEventListener('credence:theme', () => current && draw())
    // Drawn when it comes into view, and again when its size changes.
    new IntersectionObserver(
      (entries, observer) => {
        if (!entries.some((entry) => entry.isIntersecting)) return
        observer.disconnect()
        show()
        let width = size.width
        new ResizeObserver(() => {
          const now = canvas.parentElement.clientWidth
          if (Math.abs(now - width) < 1) return
          width = now
          layOut()
          point(-1)
          draw()
        }).observe(canvas.parentElement)
      },
      { rootMargin: '400px' },
    ).observe(section)
  }

  /** As the page itself does: what is invisible is spelled out. */
  function spell(text) {
    return String(text).replace(
      /(?!\u200D)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029\u115F\u1160\u3164\uFFA0]/gu,
      (char) => `⟨U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
    )
  }

  for (const section of document.querySelectorAll('.scatter')) scatter(section)
})()

/* What the tests of the report ask of the page; it runs there. */
globalThis.probe = {
  /** How many different colours a canvas shows. */
  colours(selector) {
    const canvas = document.querySelector(selector)
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    const seen = new Set()
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] > 200) seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2])
    }
    return seen.size
  },

  async brokenImages() {
    const images = [...document.images]
    const decoded = await Promise.allSettled(images.map((image) => image.decode()))
    return decoded.flatMap(({ status }, at) => (status === 'rejected' ? [images[at].alt] : []))
  },

  /**
   * Texts that stand out less than 4.5 to 1 (3 to 1 where large) from the nearest opaque ground behind them (WCAG 2.2, 1.4.3).
   */
  lowContrast() {
    const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    const rgba = (colour) => {
      paint.clearRect(0, 0, 1, 1)
      paint.fillStyle = colour
      paint.fillRect(0, 0, 1, 1)
      return [...paint.getImageData(0, 0, 1, 1).data]
    }
    const luminance = (colour) => {
      const [red, green, blue] = colour.map((value) => {
        const share = value / 255
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const found = new Set()
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement
      if (parent.closest('svg, script, style, .hidden, .skip, .masthead') || !parent.offsetParent) continue
      if (walker.currentNode.textContent.trim() === '') continue
      const style = getComputedStyle(parent)
      let behind = parent
      while (behind && rgba(getComputedStyle(behind).backgroundColor)[3] < 255) behind = behind.parentElement
      const ground = getComputedStyle(behind ?? document.body).backgroundColor
      const [a, b] = [luminance(rgba(style.color)), luminance(rgba(ground))]
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      const size = Number.parseFloat(style.fontSize)
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
      if (ratio < (large ? 3 : 4.5)) found.add(`${parent.tagName}.${parent.className}: ${ratio.toFixed(2)}`)
    }
    return [...found]
  },
}

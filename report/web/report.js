/* The report in the browser: the theme, lists, copying. Text only ever goes in as text. */
'use strict'
;(() => {
  // ── theme ────────────────────────────────────────────────────────────────────────────────────────────────────────
  const root = document.documentElement
  const systemDark = matchMedia('(prefers-color-scheme: dark)')
  const themeButton = document.querySelector('.theme')
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : systemDark.matches)
  const remember = (theme) => {
    try {
      localStorage.setItem('credence-theme', theme)
    } catch {
      // A file opened from disk may have no storage: the choice lasts as long as the page.
    }
  }
  const showTheme = () => {
    themeButton.firstElementChild.textContent = isDark() ? 'Light' : 'Dark'
    themeButton.setAttribute('aria-label', isDark() ? 'Switch to light colours' : 'Switch to dark colours')
    document.dispatchEvent(new Event('credence:theme'))
  }
  try {
    const stored = localStorage.getItem('credence-theme')
    if (stored === 'dark' || stored === 'light') root.dataset.theme = stored
  } catch {
    // As above.
  }
  themeButton.hidden = false
  themeButton.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark'
    remember(root.dataset.theme)
    showTheme()
  })
  systemDark.addEventListener('change', showTheme)
  matchMedia('print').addEventListener('change', showTheme) // paper is light, whatever the screen is

  // ── lists of records: a first few, all on demand, one family at a time ────────────────────────────────────────────
  const FIRST = 10
  const lists = new Map()
  for (const list of document.querySelectorAll('.flagged')) {
    const filter = list.parentElement.querySelector('.filter')
    const cards = [...list.children]
    const more = document.createElement('button')
    more.type = 'button'
    more.className = 'more'
    list.after(more)
    let family = ''
    let whole = false
    const refresh = () => {
      const matching = cards.filter((card) => family === '' || card.dataset.family === family)
      for (const card of cards) card.hidden = true
      for (const card of whole ? matching : matching.slice(0, FIRST)) card.hidden = false
      more.hidden = whole || matching.length <= FIRST
      more.textContent = `Show all ${matching.length}`
      if (!filter) return
      for (const button of filter.children)
        button.setAttribute('aria-pressed', String(button.dataset.family === family))
    }
    more.addEventListener('click', () => {
      whole = true
      refresh()
      const next = cards.filter((card) => !card.hidden)[FIRST]
      if (next) next.focus({ preventScroll: true })
    })
    if (filter) {
      filter.hidden = false
      for (const button of filter.children) {
        button.addEventListener('click', () => {
          family = button.dataset.family
          refresh()
        })
      }
    }
    lists.set(list, () => {
      family = ''
      whole = true
      refresh()
    })
    refresh()
  }
  document.addEventListener('credence:open', ({ target: card }) => {
    lists.get(card.closest('.flagged'))()
    card.scrollIntoView({ block: 'center' })
    card.focus({ preventScroll: true })
  })

  // ── copying ──────────────────────────────────────────────────────────────────────────────────────────────────────
  for (const line of document.querySelectorAll('.command')) {
    const code = line.querySelector('code')
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = 'Copy'
    button.setAttribute('aria-label', `Copy: ${code.textContent}`)
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(code.textContent)
        button.textContent = 'Copied'
      } catch {
        getSelection().selectAllChildren(code) // no clipboard for a file: the text is selected to be copied by hand
        button.textContent = 'Selected'
      }
      setTimeout(() => (button.textContent = 'Copy'), 1500)
    })
    line.append(button)
  }

  // ── where the reader is ──────────────────────────────────────────────────────────────────────────────────────────
  const nav = document.querySelector('.contents')
  const links = [...nav.querySelectorAll('a')]
  const targets = links.map((link) => document.querySelector(link.getAttribute('href')))
  let marked = -1
  const mark = () => {
    let here = 0
    for (const [at, target] of targets.entries()) {
      if (target && target.getBoundingClientRect().top < innerHeight * 0.3) here = at
    }
    if (here === marked) return
    marked = here
    for (const [at, link] of links.entries()) {
      if (at === here) link.setAttribute('aria-current', 'true')
      else link.removeAttribute('aria-current')
    }
    nav.scrollLeft = links[here].offsetLeft - nav.offsetWidth / 2 + links[here].offsetWidth / 2
  }
  addEventListener('scroll', () => requestAnimationFrame(mark), { passive: true })
  mark()

  showTheme()
})()

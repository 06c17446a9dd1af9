/**
 * Strings that somebody sends to be taken for something else: by a browser, a template, a shell, a spreadsheet, a database, a log,
 * or a reader's eye. Each sets `window.owned` where it runs.
 */
export const HOSTILE_STRINGS = [
  '<script>window.owned=1</script>',
  '"><img src=x onerror="window.owned=2">',
  "'><svg onload=window.owned=3>",
  '</title></textarea></style></script><script>window.owned=4</script>',
  '<iframe srcdoc="<script>parent.owned=5</script>"></iframe>',
  'javascript:window.owned=6',
  '" onmouseover="window.owned=7" x="',
  '<a href="javascript:window.owned=8">here</a>',
  '<math><mtext><img src=x onerror=window.owned=9>',
  '<base href="https://evil.example/"><form action="//evil.example"><button>Go on</button></form>',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<link rel=stylesheet href=//evil.example/x.css><style>*{display:none}</style>',
  '${window.owned=10}{{constructor.constructor("window.owned=11")()}}<%= 7*7 %>',
  '__proto__',
  'constructor.prototype.owned',
  '=HYPERLINK("https://evil.example","here")',
  "'; drop table flagged; --",
  '$(touch /tmp/owned)`id`|id',
  '../../../../etc/passwd',
  '%3Cscript%3Ewindow.owned=12%3C/script%3E',
  '&lt;script&gt;window.owned=13&lt;/script&gt;',
  'released by ann\n2026-01-01 00:00 UTC root released it',
  'm\u0430il', // a Cyrillic letter
  'n\u0303\u0303\u0303\u0303\u0303\u0303\u0303\u0303\u0303\u0303\u0303\u0303\u0303\u0303\u0303\u0303\u0303\u0303\u0303\u0303',
  '\u0627\u0644\u0639\u0631\u0628\u064A\u0629 \u05D0\u05D1\u05D2',
  '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}\uFDFD',
  'W'.repeat(300),
  '\u4E2D'.repeat(150),
] as const

/** What an ingest takes out of records, and people can still write themselves. */
export const UNSEEN_STRINGS = [
  '\u202Egnp.exe',
  'a\u200Bb\uFEFFc\u2066d',
  '\u001B[2J\u0007bell',
  'line\u2028and\u2029line',
] as const

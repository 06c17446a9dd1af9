import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { PAGE_PARTS } from './page-parts.ts'
import { here, returnToPlace } from './place.ts'

returnToPlace()
// beside the session, not behind it
PAGE_PARTS[here().page].load()
const root = document.getElementById('root')
if (root !== null) createRoot(root).render(<App />)

/** The one entry: Twinlock's elements and their style sheet, then the application. */
import 'twinlock/web'
import 'twinlock/web/twinlock.css'
import '../../pages/static/app.css'
import './app.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { BrowserRouter } from 'react-router'
import { App } from './app.tsx'
import { SessionProvider } from './session.tsx'

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <SessionProvider>
      <BrowserRouter>
        <App />
      </BrowserRouter>
    </SessionProvider>
  </StrictMode>,
)

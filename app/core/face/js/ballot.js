// The ballot page: counts while one chooses, saves by itself, and warns before unsaved choices are lost.
const SAVE_AFTER_MS = 600

export function startBallot(form) {
  const bar = form.querySelector("[data-ballot-bar]")
  let dirty = false
  let timer

  const changed = (event) => {
    if (!event.target.matches("[data-choice]")) return
    dirty = true
    if (bar) showCount(form, bar)
    clearTimeout(timer)
    if (form.dataset.autosaveUrl) timer = setTimeout(save, SAVE_AFTER_MS)
  }

  const save = async () => {
    say(bar, "saving")
    dirty = false
    try {
      const answer = await fetch(form.dataset.autosaveUrl, { method: "POST", body: new FormData(form) })
      if (!answer.ok) throw new Error(String(answer.status))
      if (!dirty) say(bar, "saved")
    } catch {
      dirty = true
      say(bar, "failed")
    }
  }

  form.addEventListener("input", changed)
  form.addEventListener("submit", () => { dirty = false; clearTimeout(timer) })
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault() })
  // The browser may bring choices back (back button): count what is on the page, not what the server last knew.
  window.addEventListener("pageshow", () => { if (bar) showCount(form, bar) })
}

function showCount(form, bar) {
  const { kind, limit, currency } = bar.dataset
  const most = Number(limit)
  const used = countUsed(form, kind)
  const write = formatter(kind, currency)
  const numbers = { used: write(used), limit: write(most), left: write(Math.max(most - used, 0)), over: write(used - most) }
  const fill = (text) => text.replace(/\{(\w+)\}/g, (_, name) => numbers[name])
  bar.querySelector("[data-used]").textContent = fill(bar.dataset.textUsed)
  bar.querySelector("[data-left]").textContent = fill(used > most ? bar.dataset.textOver : bar.dataset.textLeft)
  bar.classList.toggle("ballot-bar--over", used > most)
  bar.querySelector(".fill")?.setAttribute("width", String(Math.min(100, (100 * used) / (most || 1))))
}

function countUsed(form, kind) {
  let used = 0
  for (const input of form.querySelectorAll("[data-choice]")) {
    if (input.matches("[type=checkbox], [type=radio]")) {
      if (input.checked && input.value) used += kind === "knapsack" ? Number(input.dataset.cost) : 1
    } else if (input.value) {
      used += kind === "points" ? Math.max(0, Number(input.value) || 0) : 1
    }
  }
  return used
}

function formatter(kind, currency) {
  const language = document.documentElement.lang
  if (kind !== "knapsack") return (number) => new Intl.NumberFormat(language).format(number)
  return (cents) => new Intl.NumberFormat(language, {
    style: "currency", currency, minimumFractionDigits: cents % 100 ? 2 : 0, maximumFractionDigits: 2,
  }).format(cents / 100)
}

function say(bar, state) {
  const place = bar?.querySelector("[data-saved]")
  if (!place) return
  place.textContent = bar.dataset[`text${state[0].toUpperCase()}${state.slice(1)}`] ?? ""
  place.setAttribute("role", state === "failed" ? "alert" : "none")
}

// The list of projects: filters and sorts at once, without asking the server. What is hidden stays chosen.
export function startList(root) {
  const list = root.querySelector("[data-projects]")
  const controls = [...root.querySelectorAll("[data-filter], [data-sort]")]
  if (!list || !controls.length) return
  const given = [...list.children]
  const count = root.querySelector("[data-count]")

  const show = () => {
    const wanted = controls.filter((control) => control.dataset.filter && control.value.trim())
    let shown = 0
    for (const item of given) {
      item.hidden = !wanted.every((control) => matches(item, control))
      if (!item.hidden) shown += 1
    }
    if (count) count.textContent = count.dataset.text.replace("{shown}", shown).replace("{total}", given.length)
    const sort = controls.find((control) => "sort" in control.dataset)
    list.append(...sorted(given, sort?.value))
  }

  for (const control of controls) {
    control.addEventListener("input", show)
    // Enter in a filter must not send a ballot that surrounds the list.
    control.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault() })
  }
  root.querySelectorAll("[data-without-js]").forEach((element) => { element.hidden = true })
  show()
}

function matches(item, control) {
  const value = words(item, control.dataset.filter)
  if (control.dataset.filter !== "title") return value === control.value
  return plain(value).includes(plain(control.value.trim()))
}

function sorted(items, order) {
  if (order === "title") return [...items].sort((a, b) => words(a, "title").localeCompare(words(b, "title"), document.documentElement.lang))
  if (order === "cost") return [...items].sort((a, b) => Number(a.dataset.cost) - Number(b.dataset.cost))
  return items
}

const plain = (text) => text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase()

// What the row says of its title, district or category, without the words for screen readers before it.
function words(item, name) {
  return item.querySelector(`.project__${name}`)?.lastChild.textContent ?? ""
}

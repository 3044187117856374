// Makes good pages quicker; every journey works without it.
import { Button, Checkboxes, ErrorSummary, Radios } from "govuk-frontend"
import { startBallot } from "./ballot.js"
import { startList } from "./list.js"

document.body.classList.add("js-enabled", "govuk-frontend-supported")

const start = (selector, Component) => {
  for (const element of document.querySelectorAll(selector)) new Component(element)
}
start('[data-module="govuk-error-summary"]', ErrorSummary)
start('[data-module="govuk-checkboxes"]', Checkboxes)
start('[data-module="govuk-radios"]', Radios)
start('[data-module="govuk-button"]', Button)

document.querySelectorAll("form[data-ballot]").forEach(startBallot)
document.querySelectorAll("[data-project-list]").forEach(startList)
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false
  button.addEventListener("click", () => window.print())
})

"""Criteria of a program that is not shipped, with a fact of every kind and every form of rule."""

from __future__ import annotations

GOOD = """\
program: hot_meals
version: "1"
in_force_from: 2026-03-04
name: {en: Hot meals, fr: Repas chauds}
source: {kind: policy, reference: Section 2}
decided_by:
  roles: [intake_worker, team_lead]
  against_the_rules: [team_lead]
facts:
  - code: meals_a_week
    type: number
    question: {en: "How many warm meals a week?", fr: "Combien de repas chauds par semaine?"}
    lowest: 0
    highest: 21
    unit: meals
  - code: where
    type: code
    question: {en: "Where does the person eat?", fr: "Où la personne mange-t-elle?"}
    choices:
      - {code: home, name: {en: At home, fr: À la maison}}
      - {code: street, name: {en: On the street, fr: Dans la rue}}
  - code: since
    type: date
    question: {en: "Since when?", fr: "Depuis quand?"}
  - code: wants_to
    type: boolean
    question: {en: "Does the person want to come?", fr: "La personne veut-elle venir?"}
  - code: youngest
    type: age
    question: {en: "When was the youngest child born?", fr: "Quand est né le plus jeune?"}
criteria:
  - code: hungry
    question: {en: "Is the person short of meals?", fr: "La personne manque-t-elle de repas?"}
    rule:
      any:
        - {fact: meals_a_week, lt: 7}
        - all:
            - {fact: where, in: [street]}
            - not: {fact: since, gt: 2026-01-01}
  - code: willing
    question: {en: "Does the person want to come?", fr: "La personne veut-elle venir?"}
    rule: {fact: wants_to, eq: true}
  - code: family
    question: {en: "Is there a small child, or an elder?", fr: "Y a-t-il un petit enfant ou un aîné?"}
    rule:
      at_least: {count: 1, of: [{fact: youngest, between: [0, 5]}, {fact: age, ge: 65}]}
  - code: fits_in
    question: {en: "Does the person fit in with the group?", fr: "La personne s'intègre-t-elle au groupe?"}
outcome:
  all: [hungry, willing, {any: [family, fits_in]}]
exceptions:
  - code: cold_night
    name: {en: A night of frost, fr: Une nuit de gel}
    lifts: [hungry]
    by: [team_lead]
"""

"""Forms as browsers and others send them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web.house import ANSWERS, hidden, open_house

ASK = "/fr/nec-2018/register"
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def test_a_form_sent_writes_one_note_and_leads_to_the_next_page() -> None:
    async with open_house() as house, house.browser() as browser:
        page = await browser.get(ASK)
        sent = await browser.post(ASK, data={**hidden(page), **ANSWERS, "needs": ["quiet", "loop"]})

        assert (sent.status_code, sent.headers["location"]) == (303, "/fr/nec-2018/sent")
        [note] = house.notes
        assert (note.given, note.email, note.needs) == ("Amina", "amina@example.org", ("quiet", "loop"))


async def test_the_same_page_sent_twice_is_one_note() -> None:
    async with open_house() as house, house.browser() as browser:
        answers = {**hidden(await browser.get(ASK)), **ANSWERS}
        first, second = await browser.post(ASK, data=answers), await browser.post(ASK, data=answers)

        assert (first.status_code, second.status_code) == (303, 303)
        assert len(house.notes) == 1


async def test_the_same_page_sent_with_other_answers_is_told_so() -> None:
    async with open_house() as house, house.browser() as browser:
        carried = hidden(await browser.get(ASK))
        await browser.post(ASK, data={**carried, **ANSWERS})
        other = await browser.post(ASK, data={**carried, **ANSWERS, "given": "Bintou"})

        assert other.status_code == 422
        assert "Ces réponses ont déjà été envoyées, mais autrement" in other.text
        assert [note.given for note in house.notes] == ["Amina"]


async def test_two_pages_are_two_notes_even_with_the_same_answers() -> None:
    async with open_house() as house, house.browser() as browser:
        for _ in range(2):
            await browser.post(ASK, data={**hidden(await browser.get(ASK)), **ANSWERS})

        assert len(house.notes) == 2


async def test_without_a_token_nothing_is_done_and_nothing_is_lost() -> None:
    async with open_house() as house, house.browser() as browser:
        sent = await browser.post(ASK, data=ANSWERS)

        assert sent.status_code == 403
        assert house.notes == []
        assert 'value="amina@example.org"' in sent.text
        again = await browser.post(ASK, data={**hidden(sent), **ANSWERS})
        assert again.status_code == 303


async def test_another_visitors_token_is_refused() -> None:
    async with open_house() as house, house.browser() as theirs, house.browser() as mine:
        carried = hidden(await theirs.get(ASK))
        await mine.get(ASK)
        sent = await mine.post(ASK, data={**carried, **ANSWERS})

        assert sent.status_code == 403
        assert house.notes == []


async def test_a_token_of_another_form_is_refused() -> None:
    async with open_house() as house, house.browser() as browser:
        carried = hidden(await browser.get("/fr/registration/abc"))
        sent = await browser.post(ASK, data={**carried, **ANSWERS})

        assert sent.status_code == 403
        assert house.notes == []


async def test_a_token_signed_with_the_older_key_still_holds_and_means_the_same_message() -> None:
    old, new = "secret-key-number-one", "secret-key-number-two"
    async with open_house(secret_keys=(old,)) as before, before.browser() as browser:
        carried = hidden(await browser.get(ASK))
        cookies = dict(browser.cookies)
        async with open_house(secret_keys=(new, old)) as after, after.browser() as same:
            same.cookies.update(cookies)
            assert (await same.post(ASK, data={**carried, **ANSWERS})).status_code == 303
            await browser.post(ASK, data={**carried, **ANSWERS})
            assert [note.id for note in after.notes] == [note.id for note in before.notes]


async def test_a_page_left_open_for_more_than_a_day_is_shown_again_with_its_answers() -> None:

    async with open_house() as house, house.browser() as browser:
        carried = hidden(await browser.get(ASK))
        house.clock.set(house.clock.now() + timedelta(hours=25))
        sent = await browser.post(ASK, data={**carried, **ANSWERS})

        assert sent.status_code == 422
        assert "restée ouverte longtemps" in sent.text
        assert 'value="Amina"' in sent.text
        assert (await browser.post(ASK, data={**hidden(sent), **ANSWERS})).status_code == 303


async def test_who_answers_faster_than_anybody_reads_is_asked_to_send_again() -> None:

    async with open_house(min_fill_seconds=2) as house, house.browser() as browser:
        carried = hidden(await browser.get(ASK))
        quick = await browser.post(ASK, data={**carried, **ANSWERS})
        assert quick.status_code == 422
        assert house.notes == []

        house.clock.set(house.clock.now() + timedelta(seconds=3))
        assert (await browser.post(ASK, data={**hidden(quick), **ANSWERS})).status_code == 303


async def test_a_filled_honeypot_writes_nothing_and_keeps_the_answers() -> None:
    async with open_house() as house, house.browser() as browser:
        sent = await browser.post(ASK, data={**hidden(await browser.get(ASK)), **ANSWERS, "website": "http://x"})

        assert sent.status_code == 422
        assert house.notes == []
        assert 'value="Amina"' in sent.text
        assert "http://x" not in sent.text


async def test_errors_stand_beside_their_fields_and_in_a_summary_that_leads_there() -> None:
    async with open_house() as house, house.browser() as browser:
        wrong = {"family": "Mercier", "email": "paul.mercier@example", "given": " "}
        sent = await browser.post(ASK, data={**hidden(await browser.get(ASK)), **wrong, "needs": "quiet"})

        assert sent.status_code == 422
        assert "<title>Erreur\u00a0: 2 réponses à revoir. S’inscrire – NEC18</title>" in sent.text
        assert '<a href="#given">Question 2, prénom\u00a0: écrivez le prénom.</a>' in sent.text
        assert '<p class="err" id="email-e">Erreur\u00a0: il manque la fin de l’adresse' in sent.text
        assert 'aria-describedby="email-e email-h" aria-invalid="true"' in sent.text
        assert 'value="paul.mercier@example"' in sent.text
        assert 'value="quiet" id="needs-quiet" checked' in sent.text
        assert "nvalide" not in sent.text
        assert house.notes == []


async def test_a_corrected_form_is_accepted_with_the_same_token() -> None:
    async with open_house() as house, house.browser() as browser:
        wrong = await browser.post(ASK, data={**hidden(await browser.get(ASK)), **ANSWERS, "email": "no"})
        sent = await browser.post(ASK, data={**hidden(wrong), **ANSWERS})

        assert sent.status_code == 303
        assert len(house.notes) == 1


async def test_errors_are_said_in_english_on_english_pages() -> None:
    async with open_house() as house, house.browser() as browser:
        page = await browser.get("/en/nec-2018/register")
        sent = await browser.post("/en/nec-2018/register", data={**hidden(page), **ANSWERS, "email": "a@b"})

        assert "Error: the address lacks its end" in sent.text
        assert 'lang="en"' in sent.text


async def test_what_the_domain_refuses_stands_beside_its_field() -> None:
    async with open_house() as house, house.browser() as browser:
        sent = await browser.post(ASK, data={**hidden(await browser.get(ASK)), **ANSWERS, "given": "Plein"})

        assert sent.status_code == 409
        assert '<p class="err" id="meal-e">Erreur\u00a0: cette session s’est remplie.</p>' in sent.text
        assert house.notes == []


async def test_an_answer_not_offered_is_refused() -> None:
    async with open_house() as house, house.browser() as browser:
        sent = await browser.post(ASK, data={**hidden(await browser.get(ASK)), **ANSWERS, "category": "king"})

        assert "choisissez une des réponses proposées" in sent.text
        assert house.notes == []


async def test_what_people_type_is_shown_again_as_text_and_never_as_markup() -> None:
    nasty = "\"><script>alert('1')</script> O'Brien & <b>"
    async with open_house() as house, house.browser() as browser:
        answers = {**ANSWERS, "family": nasty, "email": "no"}
        sent = await browser.post(ASK, data={**hidden(await browser.get(ASK)), **answers})

        assert "<script" not in sent.text
        assert "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; O&#39;Brien &amp; &lt;b&gt;" in sent.text


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"given=a%00b", id="NUL"),
        pytest.param(b"given=%ED%A0%80", id="lone surrogate"),
        pytest.param(b"given=%FF%FE", id="not UTF-8"),
        pytest.param("given=é".encode(), id="raw bytes"),
        pytest.param(b"&".join(b"f%d=x" % n for n in range(201)), id="201 fields"),
    ],
)
async def test_what_no_browser_sends_is_refused_as_a_whole(body: bytes) -> None:
    async with open_house() as house, house.browser() as browser:
        assert (await browser.post(ASK, content=body, headers=FORM)).status_code == 400


async def test_a_body_over_64_kb_is_refused_whether_or_not_it_says_so() -> None:
    async def endless() -> object:
        for _ in range(100):
            yield b"given=" + b"x" * 1000 + b"&"

    async with open_house() as house, house.browser() as browser:
        long = b"given=" + b"x" * 70_000
        assert (await browser.post(ASK, content=long, headers=FORM)).status_code == 413
        assert (await browser.post(ASK, content=endless(), headers=FORM)).status_code == 413  # type: ignore[arg-type]


async def test_a_body_of_another_kind_is_refused() -> None:
    async with open_house() as house, house.browser() as browser:
        assert (await browser.post(ASK, json=ANSWERS)).status_code == 400


async def test_operators_in_field_names_are_only_names() -> None:
    async with open_house() as house, house.browser() as browser:
        odd = {"email[$ne]": "x", "given[$gt]": "", "__proto__": "x", "a.b": "1", "$where": "1"}
        sent = await browser.post(ASK, data={**hidden(await browser.get(ASK)), **ANSWERS, **odd})

        assert sent.status_code == 303
        [note] = house.notes
        assert (note.email, note.given) == ("amina@example.org", "Amina")


async def test_a_name_cannot_begin_another_line() -> None:
    async with open_house() as house, house.browser() as browser:
        answers = {**ANSWERS, "given": "Amina\r\nBcc: x@example.org\u2028\u0085"}
        await browser.post(ASK, data={**hidden(await browser.get(ASK)), **answers})

        [note] = house.notes
        assert note.given == "Amina Bcc: x@example.org"


async def test_too_many_from_one_place_wait_and_lose_nothing() -> None:
    async with open_house(form_burst=2, forms_per_minute=6) as house, house.browser() as browser:
        carried = [hidden(await browser.get(ASK)) for _ in range(3)]
        answers = [await browser.post(ASK, data={**one, **ANSWERS}) for one in carried]

        assert [answer.status_code for answer in answers] == [303, 303, 429]
        assert answers[2].headers["retry-after"] == "10"
        assert 'name="email" value="amina@example.org"' in answers[2].text
        async with house.browser("198.51.100.9") as neighbour:
            other = await neighbour.post(ASK, data={**hidden(await neighbour.get(ASK)), **ANSWERS})
            assert other.status_code == 303

        house.clock.set(house.clock.now() + timedelta(seconds=11))
        again = await browser.post(ASK, data=hidden(answers[2]))
        assert again.status_code == 303
        assert len(house.notes) == 4


async def test_a_rush_keeps_the_answers_and_offers_to_send_them_again_as_the_same_message() -> None:
    async with open_house() as house, house.browser() as browser:
        carried = hidden(await browser.get(ASK))
        busy = await browser.post(ASK, data={**carried, **ANSWERS, "given": "Rush", "needs": ["quiet", "loop"]})

        assert (busy.status_code, busy.headers["retry-after"]) == (503, "2")
        assert "refresh" not in busy.headers
        assert "Renvoyer mes réponses" in busy.text
        assert hidden(busy)["form_token"] == carried["form_token"]
        assert busy.text.count('name="needs"') == 2


async def test_a_busy_page_refreshes_itself_until_told_to_stop() -> None:
    async with open_house() as house, house.browser() as browser:
        busy = await browser.get("/fr/nec-2018/rush")
        stopped = await browser.get("/fr/nec-2018/rush?stop=1")

        assert (busy.status_code, busy.headers["refresh"]) == (503, "20")
        assert 'href="/fr/nec-2018/rush?stop=1"' in busy.text
        assert "refresh" not in stopped.headers


async def test_a_button_alone_is_a_form_too() -> None:
    async with open_house() as house, house.browser() as browser:
        page = await browser.get("/fr/registration/abc")
        good = await browser.post("/fr/registration/abc", data=hidden(page))
        bare = await browser.post("/fr/registration/abc", data={"x": "1"})

        assert "pressed" in good.text
        assert (bare.status_code, "pressed" in bare.text) == (403, False)


async def test_over_https_the_cookie_is_bound_to_its_host() -> None:
    async with open_house(base_url="https://colloque.example") as house, house.browser() as browser:
        cookie = (await browser.get(ASK)).headers["set-cookie"]

        assert cookie.startswith("__Host-visitor=")
        assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


async def test_a_text_too_long_is_told_how_long_it_may_be() -> None:
    async with open_house() as house, house.browser() as browser:
        answers = {**ANSWERS, "given": "x" * 41, "family": "y" * 201}
        sent = await browser.post(ASK, data={**hidden(await browser.get(ASK)), **answers})

        assert "Question 2, prénom\u00a0: c’est trop long\u00a0: 40 signes au plus." in sent.text
        assert "Question 3, nom\u00a0: c’est trop long\u00a0: 200 signes au plus." in sent.text

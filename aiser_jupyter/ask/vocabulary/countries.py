"""Countries: what a country is called, what comes from it, and how it is abbreviated."""

from __future__ import annotations

from functools import cache

# name | other names and abbreviations | adjectives and people
TABLE = """
Afghanistan||Afghan
Albania||Albanian
Algeria||Algerian
Argentina|AR ARG|Argentine Argentinian Argentinean
Armenia||Armenian
Australia|AU AUS|Australian Aussie
Austria|AT AUT|Austrian
Bangladesh||Bangladeshi
Belgium|BE BEL|Belgian
Bolivia||Bolivian
Brazil|BR BRA Brasil|Brazilian
Bulgaria|BG BGR|Bulgarian
Cambodia||Cambodian
Canada|CA CAN|Canadian
Chile|CL CHL|Chilean
China|CN CHN PRC|Chinese
Colombia|CO COL|Colombian
Croatia|HR HRV|Croatian
Cuba||Cuban
Cyprus|CY CYP|Cypriot
Czech Republic|CZ CZE Czechia|Czech
Denmark|DK DNK|Danish Dane
Ecuador||Ecuadorian
Egypt|EG EGY|Egyptian
Estonia|EE EST|Estonian
Ethiopia||Ethiopian
Finland|FI FIN|Finnish Finn
France|FR FRA|French
Germany|DE DEU GER Deutschland|German
Ghana||Ghanaian
Greece|GR GRC|Greek
Hong Kong|HK HKG|
Hungary|HU HUN|Hungarian
Iceland|IS ISL|Icelandic
India|IN IND|Indian
Indonesia|ID IDN|Indonesian
Iran||Iranian
Iraq||Iraqi
Ireland|IE IRL Eire|Irish
Israel|IL ISR|Israeli
Italy|IT ITA|Italian
Jamaica||Jamaican
Japan|JP JPN|Japanese
Jordan||Jordanian
Kenya|KE KEN|Kenyan
Latvia|LV LVA|Latvian
Lebanon|LB LBN|Lebanese
Lithuania|LT LTU|Lithuanian
Luxembourg|LU LUX|
Malaysia|MY MYS|Malaysian
Malta|MT MLT|Maltese
Mexico|MX MEX|Mexican
Morocco|MA MAR|Moroccan
Nepal||Nepalese
Netherlands|NL NLD Holland The_Netherlands|Dutch
New Zealand|NZ NZL|
Nigeria|NG NGA|Nigerian
Norway|NO NOR|Norwegian
Pakistan|PK PAK|Pakistani
Peru|PE PER|Peruvian
Philippines|PH PHL|Filipino Philippine
Poland|PL POL|Polish Pole
Portugal|PT PRT|Portuguese
Romania|RO ROU|Romanian
Russia|RU RUS Russian_Federation|Russian
Saudi Arabia|SA SAU|Saudi
Serbia|RS SRB|Serbian
Singapore|SG SGP|Singaporean
Slovakia|SK SVK|Slovak Slovakian
Slovenia|SI SVN|Slovenian
South Africa|ZA ZAF RSA|
South Korea|KR KOR Korea Republic_of_Korea|Korean
Spain|ES ESP|Spanish Spaniard
Sweden|SE SWE|Swedish Swede
Switzerland|CH CHE|Swiss
Taiwan|TW TWN|Taiwanese
Thailand|TH THA|Thai
Tunisia||Tunisian
Turkey|TR TUR Turkiye|Turkish
Ukraine|UA UKR|Ukrainian
United Arab Emirates|AE ARE UAE Emirates|Emirati
United Kingdom|GB GBR UK U.K. Great_Britain Britain England|British Brit English
United States|US USA U.S. U.S.A. United_States_of_America America the_States|American
Uruguay||Uruguayan
Venezuela|VE VEN|Venezuelan
Vietnam|VN VNM|Vietnamese
"""
COMMON = frozenset({"uk", "usa", "uae"})  # short, and understood in small letters too
CODES = frozenset({"US", "UK"})  # the codes of two letters that are said; the others are only stored


@cache
def _index() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in TABLE.strip().splitlines():
        name, others, people = line.split("|")
        said = tuple(word.replace("_", " ") for word in (name, *others.split(), *people.split()))
        for word in said:
            found[word.casefold()] = said
            found.setdefault(f"{word.casefold()}s", said) if word in people.split() else None
    return found


def called(text: str) -> tuple[str, ...]:
    """The other names of the country that ``text`` names, or that what it names comes from; empty for no country.

    A short abbreviation counts only in capitals: "US" is a country, "us" are people.
    """
    plain = text.replace(".", "")
    if len(plain) < 4 and plain.casefold() not in COMMON and not (plain in CODES or (len(plain) == 3 and plain.isupper())):
        return ()
    said = _index().get(text.casefold(), ()) or _index().get(plain.casefold(), ())
    return tuple(name for name in said if name.casefold() != text.casefold())


@cache
def words() -> frozenset[str]:
    """The names of countries and peoples that are one word, in lower case."""
    return frozenset(name for name in _index() if name.isalpha() and len(name) > 3)


def is_one(text: str) -> bool:
    """Whether ``text`` is the name of a country, or another name or code of one."""
    return text.casefold() in _index() or text.replace(".", "").casefold() in _index()


def plain(text: str) -> str:
    """The usual name of the country that ``text`` names in whatever way; empty for none."""
    said = _index().get(text.casefold(), ()) or _index().get(text.replace(".", "").casefold(), ())
    return said[0] if said else ""

"""Who lives in the story."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    handle: str
    name: str
    time_zone: str
    #: days from now
    came: float


#: the founder of the place; also who is told first in the list of who is who
FOUNDER = "mara"

_CAST = """
mara      America/New_York      Mara Lindqvist
tomasz    Europe/Warsaw         Tomasz Wierzbicki
rosa      America/New_York      Rosa Delgado
ines      Europe/Lisbon         Inês Carvalho
ruth      America/New_York      Ruth Abernathy
dele      Africa/Lagos          Dele Adeyemi
priya     Asia/Kolkata          Priya Raghunathan
jonas     Europe/Berlin         Jonas Feldkamp
otto      America/Chicago       Otto Przybylski
yusra     Asia/Amman            يسرى الحداد
weichen   Asia/Shanghai         陈伟辰
oksana    Europe/Kyiv           Оксана Мельник
linh      Asia/Ho_Chi_Minh      Nguyễn Thùy Linh
sipho     Africa/Johannesburg   Sipho Dlamini
aroha     Pacific/Auckland      Aroha Ngata
mateo     America/Lima          Mateo Quispe Huamán
hana      Asia/Seoul            김하나
kenji     Asia/Tokyo            藤原健二
leila     Asia/Tehran           لیلا کریمی
dmitri    Asia/Almaty           Дмитрий Соколов
astrid    Europe/Oslo           Astrid Haugen
amara     America/New_York      Amara Nwosu
bea       America/Bogota        Beatriz Salvatierra
siobhan   Europe/Dublin         Siobhán Keane
farid     Africa/Tunis          فريد بن سالم
meiling   Asia/Taipei           林美玲
nikos     Europe/Athens         Νίκος Παπαδάκης
tigist    Africa/Addis_Ababa    ትዕግስት አበበ
gabor     Europe/Budapest       Gábor Szentmihályi
winston   America/Jamaica       Winston Achebe-Clarke
noor      Europe/Amsterdam      Noor van der Meer
ivana     Europe/Belgrade       Ивана Петровић
kwame     Africa/Accra          Kwame Mensah
salome    Asia/Tbilisi          სალომე ბერიძე
arjun     Asia/Kathmandu        अर्जुन थापा
pilar     Europe/Madrid         Pilar Etxeberria
tala      Asia/Manila           Tala Reyes
joao      America/Sao_Paulo     João Batista do Nascimento
zofia     America/New_York      Zofia Kaczmarek
edith     Europe/London         Edith Marlowe-Finch
quill     America/New_York      Quill
moth      America/New_York      A moth at the window
nightbus  America/New_York      Night bus 9
cormac    Europe/Dublin         Cormac Ó Briain
"""


def _cast() -> tuple[Person, ...]:
    """Everybody, in the order they came: two days apart at first, the last of them this week."""
    lines = [line.split(maxsplit=2) for line in _CAST.strip().splitlines()]
    people = [
        Person(handle, name, zone, came=-330 + 2.3 * place)
        for place, (handle, zone, name) in enumerate(lines)
    ]
    last = people.pop()
    return (*people, Person(last.handle, last.name, last.time_zone, came=-4.2))


PEOPLE = _cast()

#: whom a newcomer to the demo may sign in as, and why that is worth a look
WHO_IS_WHO = (
    (
        "mara",
        "operator of this place; admin of The Lucid Assembly, with people waiting at the door",
    ),
    ("tomasz", "organiser of The Lucid Assembly; admin of the Dream Sovereignty Federation"),
    ("yusra", "member of four guilds, with ballots still to cast"),
    ("rosa", "admin of the Night Shift Nurses, whose petition reached its goal"),
    ("ruth", "admin of The Sandman Watch, which strangers cannot see"),
    ("cormac", "came this week, belongs to no guild yet, waits to be admitted"),
)

#: names of people who sign and come along without an account
GIVEN_NAMES = tuple(
    """
    Adaeze Adel Agnieszka Aiko Alma Amir Anouk Asha Ayşe Bilal Binta Camila Chidi Clara Dagný Darius
    Eilidh Elif Emeka Esther Fatoumata Felix Galina Grace Hamid Henrike Hugo Ifeoma Ilse Imran Ioana
    Jamal Jelena Joaquín Kaito Karim Katarzyna Keoni Lerato Lucía Maeve Malik Marisol Mei Mihai Nadia
    Naledi Nils Noé Olga Omar Paola Petra Rania Rafael Samira Santiago Sefa Sunniva Tariq Thandi Uma
    Valentina Viktor Wanjiru Xiomara Yara Yoko Zainab Zoltán Анна Иван Олена Борис 王芳 李娜 张敏 刘洋
    فاطمة أحمد مريم خالد
    """.split()  # noqa: SIM905 - a list of eighty strings is harder to read
)
FAMILY_NAMES = tuple(
    """
    Abara Alvarez Andersen Asante Bakker Bianchi Botha Byrne Castillo Chanda Cho Costa Diallo Dubois
    Eriksen Farouk Fischer Gallagher Gomes Gupta Haddad Hansen Hoang Ibrahim Ito Jansen Kamara Kovács
    Lang Lima Lopes Mahlangu Marchetti Mbeki Moreau Müller Nakamura Ndiaye Novak Okafor Olsen Ortiz
    Papp Park Quiroga Rahman Reid Rossi Saito Schwarz Silva Tanaka Thapa Torres Usman Varga Vega
    Walsh Weiss Yilmaz Zhou Zielińska
    """.split()  # noqa: SIM905 - as above
)
#: ISO 3166 codes signatories come from; some say nothing
COUNTRIES = ("US", "US", "US", "CA", "PT", "NG", "DE", "IN", "IE", "ZA", "BR", "", "", "")

# ruff: noqa: RUF001 - names stand in their own script
"""Names for invented people: common ones by how common they are, and rare ones put together from syllables.

Word lists only; who bears which name is drawn at random from a seed.
"""

from __future__ import annotations

from random import Random


def words(text: str) -> list[str]:
    return text.split()


GIVEN = {
    "english": words(
        "James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony "
        "Mark Donald Steven Andrew Kenneth Joshua Kevin Brian George Edward Ronald Timothy Jason Jeffrey Ryan Jacob "
        "Gary Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick "
        "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Margaret Sandra Ashley "
        "Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Dorothy "
        "Amy Kathleen Angela Shirley Emma Brenda Pamela Nicole Anna Samantha Katherine Christine Helen Debra Rachel "
        "Carolyn Janet Maria Catherine Heather Diane Olivia Julie Joyce Victoria Ruth Virginia Lauren Kelly Christina"
    ),
    "french": words(
        "Jean Pierre Michel André François Jacques Marcel Étienne Gérard Benoît Mathieu Luc Rémi Hélène Geneviève "
        "Céline Chloé Zoé Amélie Anaïs Élodie Noémie Marie-Ève Jean-Luc Anne-Marie Thérèse Solène Loïc"
    ),
    "punjabi": words(
        "Harpreet Gurpreet Manpreet Jaspreet Amandeep Sukhdeep Rajdeep Gurdeep Kuldeep Baljit Ranjit Surjit Amarjit "
        "Paramjit Sukhjit Harjit Jasleen Simran Navdeep Parminder Satinder Balwinder Rupinder Lakhwinder"
    ),
    "chinese": words(
        "Wei Li Min Jun Hui Xin Yan Jing Lei Ying Fang Mei Hong Ming Hua Ping Yi Chen Bo Kai Jie Xiaoming Yifan "
        "Zihan Meiling Kwok-Wai Siu-Ming Wing-Yan"
    ),
    "cyrillic": words("Иван Мария Пётр Анна Сергей Ольга Дмитрий Елена Наталья Алексей Оксана Тарас"),
    "arabic": words("محمد أحمد علي فاطمة عائشة حسن حسين مريم خالد سارة يوسف ليلى"),
}
FAMILY = {
    "english": words(
        "Smith Brown Wilson Taylor Johnson Campbell Anderson Thompson Martin Jones Williams Miller Scott Clark White "
        "Stewart Young Robinson Walker Thomas Moore Mitchell King Hall Wright Green Baker Hill Adams Nelson Carter "
        "Morgan Bell Cooper Ward Watson Brooks Kelly Price Bennett Wood Barnes Ross Henderson Coleman Jenkins Perry "
        "Powell Long Patterson Hughes Flores Washington Butler Simmons Foster Gonzales Bryant Russell Griffin Hayes "
        "Myers Ford Hamilton Graham Sullivan Wallace Woods Cole West Owens Reynolds Fisher Ellis Harrison Gibson "
        "McDonald Cruz Marshall Ortiz Gomez Murray Freeman Wells Webb Simpson Stevens Tucker Porter Hunter Hicks "
        "Crawford Henry Boyd Mason Kennedy Warren Dixon Ramos Reyes Burns Gordon Shaw Holmes Rice Robertson O'Brien"
    ),
    "french": words(
        "Tremblay Gagnon Roy Côté Bouchard Gauthier Morin Lavoie Fortin Gagné Ouellet Pelletier Bélanger Lévesque "
        "Bergeron Leblanc Paquette Girard Simard Boucher Caron Beaulieu Cloutier Dubé Poirier Fournier Lapointe"
    ),
    "punjabi": words(
        "Singh Kaur Gill Sidhu Dhaliwal Sandhu Grewal Dhillon Brar Sandhar Bains Johal Mann Hundal"
    ),
    "chinese": words(
        "Wong Chan Lee Li Chen Wang Liu Zhang Lam Cheung Ng Leung Ho Yang Huang Zhao Wu Zhou Xu"
    ),
    "cyrillic": words("Иванова Петров Шевченко Коваленко Смирнов Кузнецова Бондаренко Ткаченко"),
    "arabic": words("الحسن العلي المصري حداد خوري النجار السيد الأحمد"),
}
FAMILY_TRANSLITERATED = {
    "Иванова": "Ivanova",
    "Петров": "Petrov",
    "Шевченко": "Shevchenko",
    "Коваленко": "Kovalenko",
    "Смирнов": "Smirnov",
    "Кузнецова": "Kuznetsova",
    "Бондаренко": "Bondarenko",
    "Ткаченко": "Tkachenko",
}
SHORT = {
    "James": "Jim", "Robert": "Bob", "Michael": "Mike", "William": "Bill", "David": "Dave", "Richard": "Rick",
    "Joseph": "Joe", "Thomas": "Tom", "Charles": "Chuck", "Christopher": "Chris", "Daniel": "Dan",
    "Matthew": "Matt", "Anthony": "Tony", "Steven": "Steve", "Andrew": "Andy", "Kenneth": "Ken", "Joshua": "Josh",
    "Edward": "Ted", "Ronald": "Ron", "Timothy": "Tim", "Jeffrey": "Jeff", "Nicholas": "Nick", "Jonathan": "Jon",
    "Benjamin": "Ben", "Samuel": "Sam", "Gregory": "Greg", "Alexander": "Alex", "Patrick": "Pat",
    "Patricia": "Patty", "Jennifer": "Jen", "Elizabeth": "Liz", "Barbara": "Barb", "Susan": "Sue",
    "Jessica": "Jess", "Margaret": "Peggy", "Sandra": "Sandy", "Kimberly": "Kim", "Deborah": "Debbie",
    "Stephanie": "Steph", "Rebecca": "Becky", "Cynthia": "Cindy", "Dorothy": "Dot", "Kathleen": "Kathy",
    "Angela": "Angie", "Pamela": "Pam", "Samantha": "Sam", "Katherine": "Kate", "Christine": "Chris",
    "Catherine": "Cathy", "Victoria": "Vicky", "Virginia": "Ginny", "Christina": "Tina",
}  # fmt: skip
_BEGINNINGS = words(
    "Ba Be Bo Da De Do Fa Fe Ga Ge Ha He Jo Ka Ke Ko La Le Lo Ma Me Mo Na Ne No Pa Pe Ra Re Ro "
    "Sa Se Ta To Va Ve Wa We Za Sta Bra Gri Thor Dun Mac"
)
_MIDDLES = words("ber den gan har ken lan mar nel par ran sel tan vin wal der lin min ro la na ri")
_ENDS = words(
    "son ton ley man berg field ford well wood ham by ski ova enko sen dal stad ino etti ier eau ani aya"
)


def skewed(chance: Random, words: list[str], *, steepness: float = 0.85) -> str:
    """One of the words, those in front more often: the chance falls as the place to the power of `steepness`."""
    place = int(len(words) * chance.random() ** (1 / (1 - steepness * 0.6)))
    return words[min(place, len(words) - 1)]


def rare_family(chance: Random) -> str:
    """A family name that few people bear."""
    return chance.choice(_BEGINNINGS) + chance.choice(_MIDDLES) + chance.choice(_ENDS)


def rare_given(chance: Random) -> str:
    """A given name that few people bear."""
    return (
        chance.choice(_BEGINNINGS)
        + chance.choice(_MIDDLES)
        + chance.choice(["", "a", "e", "o", "is", "an", "ette"])
    )

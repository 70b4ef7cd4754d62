"""What people most often choose as a password, in lower case and without the digits and signs that they add to it."""

_WORDS = """
password passwort passwd pass passphrase parola contrasena motdepasse senha wachtwoord haslo salasana
admin administrator root user username guest login master access default changeme letmein welcome hello helloworld
secret private mypassword thepassword newpassword oldpassword testpassword test testing testtest demo example sample
temp temporary service server system computer internet network security secure database manager support office
qwerty qwertyuiop qwert qwertz qwertzuiop azerty azertyuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm yxcvbnm
qazwsx qazwsxedc zaqxsw zaqwsx wasd qweasd qweasdzxc qweqwe asdasd zxczxc abc abcd abcde abcdef abcabc abcdabcd
qwe asd zxc asdfjkl iloveyou ilovegod iloveme loveme lovely love lover loveyou iloveu trustno trustme imissyou forever
always
dragon monkey tiger lion eagle falcon phoenix wolf bear shark kitten puppy butterfly spider snake horse chicken buster
football soccer baseball basketball hockey tennis golf golfer rugby yankees lakers cowboys steelers liverpool chelsea
arsenal barcelona juventus realmadrid manchester rangers celtic dallas boston chicago london paris berlin america
sunshine princess prince angel angels flower rainbow summer winter spring autumn morning midnight sunday monday friday
january february march april june july august september october november december
superman batman spiderman ironman pokemon pikachu naruto starwars startrek matrix hunter killer ninja samurai warrior
shadow ghost diamond silver golden ginger pepper cookie chocolate banana orange cherry cheese coffee pizza
michael jordan jennifer jessica ashley michelle daniel thomas robert andrew charlie george matthew joshua anthony
william nicole amanda melissa hannah samantha maggie harley ranger mustang ferrari porsche mercedes corvette yamaha
computer1 whatever nothing blink freedom success money dollar bitcoin crypto blockchain ethereum binance kucoin trader
trading wallet exchange crossrate lucky happy peace blessed jesus christ heaven letmeinnow openup opensesame please
jordan23 1q2w3e 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc q1w2e3r4 q1w2e3r4t5 a1b2c3d4 a1b2c3 abc123 123abc 123qwe
qwe123 asd123 pass123 12345678910 11223344 112233445566 147258369 789456123 123654789 741852963 159357
1029384756 0987654321
"""

COMMON_PASSWORDS = frozenset(_WORDS.split())

# Where neighbours on a keyboard, or in a sequence, are taken from.
ROWS = ("qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "0123456789" * 3)

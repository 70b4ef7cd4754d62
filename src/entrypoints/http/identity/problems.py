"""The problems of users and API keys."""

from domain.identity.errors import InvalidExpiry, RegistrationClosed, UnsuitablePassword, UsernameTaken, WrongPassword
from entrypoints.http.server.common_problems import FieldError, invalid_input
from entrypoints.http.server.problems import ProblemKind, Problems, sentence_row

REGISTRATION_CLOSED = ProblemKind(
    "registration-closed",
    403,
    "Registration closed",
    "Registration is closed here. The operator creates accounts with `crossrate users create`.",
)

PROBLEMS = Problems(
    kinds=(REGISTRATION_CLOSED,),
    rows={
        InvalidExpiry: lambda error: invalid_input([FieldError("expires_at", str(error))]),
        UnsuitablePassword: lambda error: invalid_input([FieldError("password", str(error))]),
        WrongPassword: lambda error: invalid_input([FieldError("password", str(error))]),
        RegistrationClosed: sentence_row(REGISTRATION_CLOSED),
    },
    examples=(UsernameTaken("this username is taken"),),
)

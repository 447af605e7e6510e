"""Forms and assessments on the wire (CA-4)."""

from marshmallow import fields, validate

from chassis.schemas import Code, Moment, Schema, Subject, Text, View


class AnswerGiven(Schema):
    """One answer: a code of the question for a choice, else text in the family's own words."""

    question = Code(required=True)
    choice = Code(load_default=None, allow_none=True)
    text = Text(load_default=None, allow_none=True)


class RecordAssessment(Schema):
    """An assessment is begun as a draft; it needs the person's live consent to assessment."""

    case_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    consent_id = fields.UUID(
        required=True, metadata={"description": "The consent that permits the assessment."}
    )
    form = Code(required=True)
    form_version = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1),
        metadata={"description": "The newest version when absent; the answers stay pinned to it."},
    )
    answers = fields.List(fields.Nested(AnswerGiven), required=True, validate=validate.Length(min=1, max=200))
    supervisor = Subject(
        load_default=None,
        allow_none=True,
        metadata={"description": "Subject of the sign-in of the team lead who is to sign it off."},
    )


class AssessmentAsked(Schema):
    """Which assessment."""

    assessment_id = fields.UUID(required=True)


class AmendAssessment(Schema):
    """Answers that replace earlier ones, or are new; the rest stands."""

    assessment_id = fields.UUID(required=True)
    answers = fields.List(fields.Nested(AnswerGiven), required=True, validate=validate.Length(min=1, max=200))


class SignOffAssessment(Schema):
    """The assessment is finished: no answer changes after this."""

    assessment_id = fields.UUID(required=True)


class AnswerView(Schema):
    """One answer, under the category of its question."""

    category_key = "category"

    question = fields.String(required=True)
    section = fields.String(required=True)
    category = fields.String(required=True)
    aspect = fields.String(allow_none=True)
    choice = fields.String(allow_none=True)
    text = fields.String(allow_none=True)


class AssessmentView(View):
    """An assessment with the answers that the caller may see; `withheld` names the other categories."""

    case_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    form = fields.String(required=True)
    form_version = fields.Integer(required=True)
    status = fields.String(required=True, validate=validate.OneOf(("draft", "signed_off")))
    author = fields.String(required=True)
    organisation = fields.String(allow_none=True)
    supervisor = fields.String(allow_none=True, metadata={"description": "Who is to sign it off."})
    recorded_at = Moment(required=True)
    signed_off_at = Moment(allow_none=True)
    signed_off_by = fields.String(allow_none=True)
    answers = fields.List(fields.Nested(AnswerView))


class FormAsked(Schema):
    """Which form; its newest version when none is named."""

    form = Code(required=True)
    form_version = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1))


class ChoiceView(Schema):
    """One choice of a question."""

    code = fields.String(required=True)
    text = fields.String(required=True)


class QuestionView(Schema):
    """A question and the information category that its answers fall under."""

    code = fields.String(required=True)
    text = fields.String(required=True)
    category = fields.String(required=True)
    aspect = fields.String(
        allow_none=True, metadata={"description": "Whether it asks for strengths or for needs."}
    )
    required = fields.Boolean(required=True)
    choices = fields.List(
        fields.Nested(ChoiceView), metadata={"description": "Empty when the answer is text."}
    )


class SectionView(Schema):
    """A section of a form."""

    code = fields.String(required=True)
    title = fields.String(required=True)
    questions = fields.List(fields.Nested(QuestionView))


class FormView(Schema):
    """A form in one of its versions; a published version never changes."""

    form = fields.String(required=True)
    form_version = fields.Integer(required=True)
    title = fields.String(required=True)
    explanation = fields.String(required=True)
    sections = fields.List(fields.Nested(SectionView))

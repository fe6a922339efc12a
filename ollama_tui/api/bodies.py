"""What the routes take and give, as JSON."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class InstalledModel(BaseModel):
    """A model that the server has."""

    name: str = Field(description="With its tag, as the server spells it.")
    size: int = Field(description="Bytes of all its layers; 0 for a model in the cloud.")
    param_size: str = Field(
        description="How many parameters, as the server words it; empty if it does not say."
    )

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"name": "qwen2.5:14b", "size": 10000000000, "param_size": "14B"}
        }
    )


class Current(BaseModel):
    """The current model."""

    name: str | None = Field(description="With its tag; null before one was ever chosen.")
    installed: bool = Field(
        default=True,
        description="False where it was deleted since; left out where it is there, or where "
        "Ollama does not say.",
    )

    model_config = ConfigDict(json_schema_extra={"example": {"name": "qwen2.5:14b"}})


class Choice(BaseModel):
    """The model to make the current one."""

    model_name: str = Field(
        description="`llama2` means `llama2:latest`; upper and lower case are the same."
    )

    model_config = ConfigDict(json_schema_extra={"example": {"model_name": "llama2:7b"}})


class Chosen(BaseModel):
    """What was made the current model."""

    message: str

    model_config = ConfigDict(
        json_schema_extra={"example": {"message": "Success! model set to llama2:7b"}}
    )


class Failure(BaseModel):
    """Why it could not be done, and what to do."""

    detail: str
